"""The timetable from files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.attendance.models import ClassSession, Room
from portal.attendance.services.closing import close_session
from tests.portal.importing.conftest import Office

NEW = (
    "Kurs;Raum;Datum;Beginn;Ende\n"
    "CSC 301;Lecture Theatre 1;30.11.2026;9:00;9:50\n"
    "mat 110;Lecture Theatre 1;30.11.2026;10 Uhr;11.30\n"
)


def test_class_sessions_are_added_once_in_the_time_of_their_room(office: Office) -> None:
    Room.objects.update(time_zone="Europe/Berlin")
    office.write("sessions", NEW)
    session = ClassSession.objects.get(course=office.school.other_course)
    assert (session.starts_at, session.ends_at) == (
        datetime(2026, 11, 30, 9, tzinfo=UTC),
        datetime(2026, 11, 30, 10, 30, tzinfo=UTC),
    )
    assert (session.late_after_minutes, str(session.day)) == (15, "2026-11-30")
    assert office.counts(office.plan("sessions", NEW)) == {"same": 2}


@pytest.mark.parametrize(
    "row",
    [
        "30.11.2026,09:00–09:50,,",
        "2026-11-30,9:00,,50",
        ",2026-11-30 09:00,2026-11-30 09:50,",
        ",2026-11-30T09:00,9:50,",
    ],
)
def test_day_and_times_may_stand_together_or_apart(office: Office, row: str) -> None:
    office.write("sessions", f"course,room,day,start,end,duration\nCSC 301,lecture theatre 1,{row}\n")
    session = ClassSession.objects.latest("pk")
    assert (session.starts_at, session.ends_at - session.starts_at) == (
        datetime(2026, 11, 30, 9, tzinfo=UTC),
        timedelta(minutes=50),
    )


def test_a_class_over_midnight_ends_on_the_next_day(office: Office) -> None:
    office.write("sessions", "course,room,day,start,end\nCSC 301,Lecture Theatre 1,2026-11-30,22:30,00:30\n")
    session = ClassSession.objects.latest("pk")
    assert session.ends_at - session.starts_at == timedelta(hours=2)


def test_a_later_file_changes_room_end_and_cancelling_and_leaves_the_rest(office: Office) -> None:
    office.write("sessions", NEW)
    Room.objects.create(name="B 2")
    later = (
        "course,room,day,start,end,late after,cancelled\n"
        "CSC 301,B 2,30.11.2026,9:00,10:00,5,\n"
        "MAT 110,Lecture Theatre 1,30.11.2026,10:00,11:30,,yes\n"
    )
    fates = office.fates("sessions", later)
    assert fates[0][1:] == (
        "change",
        "room: Lecture Theatre 1 → B 2; ends at: 2026-11-30 09:50 → 2026-11-30 10:00; late after: 15 → 5",
    )
    assert fates[1][1:] == ("change", "cancelled")
    office.write("sessions", later)
    assert ClassSession.objects.get(room__name="B 2").late_after_minutes == 5
    assert ClassSession.objects.get(course__code="MAT 110").is_cancelled
    assert ClassSession.objects.count() == 3


def test_a_class_session_named_by_its_number_can_be_moved(office: Office) -> None:
    school = office.school
    later = school.meet(school.session.starts_at + timedelta(days=14))
    office.write(
        "sessions", f"session,course,room,day,start,end\n{later.pk},CSC 301,Lecture Theatre 1,2026-12-08,14:00,14:50\n"
    )
    later.refresh_from_db()
    assert later.starts_at == datetime(2026, 12, 8, 14, tzinfo=UTC)
    assert str(later.day) == "2026-12-08"


def test_a_class_session_with_a_closed_register_stays(office: Office) -> None:
    close_session(office.school.session)
    text = "course,room,day,start,end\nCSC 301,Lecture Theatre 1,2026-11-23,9:00,10:30\n"
    ((_, outcome, words),) = office.fates("sessions", text)
    assert outcome == "keep"
    assert words.startswith("its register is closed; ends at")
    office.write("sessions", text)
    office.school.session.refresh_from_db()
    assert office.school.session.ends_at - office.school.session.starts_at == timedelta(minutes=50)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("CSC 301,Lecture Theatre 1,2026-03-29,02:30,04:00", "there is no 02:30"),
        ("CSC 301,Lecture Theatre 1,2026-11-30,9:00,", "ends is missing"),
        ("CSC 301,Lecture Theatre 1,,9:00,10:00", "day is missing"),
        ("CSC 301,Lecture Theatre 1,03/04/2026,9:00,10:00", "which comes first"),
        ("CSC 301,Lecture Theatre 1,2026-11-30,2026-11-30 9:00,2026-12-30 9:00", "a week at most"),
        ("CSC 301,Nowhere,2026-11-30,9:00,10:00", "no room Nowhere"),
        ("CSC 301,Lecture Theatre 1,2026-11-30,early,10:00", "no time"),
    ],
)
def test_what_cannot_be_is_refused(office: Office, row: str, words: str) -> None:
    Room.objects.update(time_zone="Europe/Berlin")
    ((_, outcome, said),) = office.fates("sessions", f"course,room,day,start,end\n{row}\n")
    assert outcome == "refuse"
    assert words in said


def test_the_dry_run_says_which_rows_need_a_room_or_a_lecturer_that_is_taken(office: Office) -> None:
    office.school.other_course.lecturers.add(office.school.lecturer)
    Room.objects.create(name="B 2")
    rows = (
        "course,room,day,start,end,cancelled\n"
        "MAT 110,Lecture Theatre 1,2026-11-23,9:30,10:20,\n"
        "MAT 110,B 2,2026-11-30,9:00,9:50,\n"
        "CSC 301,Lecture Theatre 1,2026-11-30,9:30,10:20,\n"
        "CSC 301,Lecture Theatre 1,2026-11-30,9:10,10:20,yes\n"
    )
    words = [fate[2].partition("clash: ")[2] for fate in office.fates("sessions", rows)]
    assert words == [
        "Lecture Theatre 1 is taken by CSC 301, 09:00–09:50, which Dr Ama Adjei teaches too",
        "",
        "Dr Ama Adjei teaches MAT 110 in B 2, 09:00–09:50",
        "",
    ]
    moved = "course,room,day,start,end,session\nCSC 301,Lecture Theatre 1,2026-11-23,9:10,10:00,"
    assert office.fates("sessions", f"{moved}{office.school.session.pk}\n")[0][1:] == (
        "change",
        "starts at: 2026-11-23 09:00 → 2026-11-23 09:10; ends at: 2026-11-23 09:50 → 2026-11-23 10:00",
    )
    office.write("sessions", rows)
    assert ClassSession.objects.count() == 5
