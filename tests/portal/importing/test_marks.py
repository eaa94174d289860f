"""Registers that were kept elsewhere, from files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from portal.accounts.acting import acting_for
from portal.attendance.models import (
    ClassSession,
    ConfidentialKind,
    ConfidentialReason,
    CourseRules,
    Mark,
    MarkChange,
    Room,
    RosterEntry,
    Student,
)
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.importing.faults import FileFault
from portal.attendance.services.importing.writing import write_plan
from portal.attendance.services.merging import merge
from tests.portal.importing.conftest import Office

SHEET = (
    "Kurs;Datum;Beginn;Matrikelnummer;Anwesenheit;Grund\n"
    "csc 301;23.11.2026;9:00;0042;anwesend;\n"
    "CSC 301;23.11.2026;9 Uhr;s1001;Verspätet;Zug\n"
    "CSC 301;23.11.2026;;S1002;excusé;Arzt\n"
)


@pytest.fixture(autouse=True)
def registrar(office: Office) -> Iterator[None]:
    """Whoever imports is one of the staff."""
    with acting_for(office.school.staff):
        yield


def statuses(office: Office) -> dict[str, tuple[str, str, str]]:
    marks = Mark.objects.filter(session=office.school.session)
    return {mark.student.number: (mark.status, mark.source, mark.note) for mark in marks.select_related("student")}


def test_a_register_kept_on_paper_is_the_word_of_whoever_imports_it(office: Office) -> None:
    office.school.see(office.school.students[1])
    assert [fate[1:] for fate in office.fates("marks", SHEET)] == [
        ("add", "status: – → Present"),
        ("change", "status: Present → Late"),
        ("add", "status: – → Excused"),
    ]
    office.write("marks", SHEET)
    assert statuses(office) == {
        "0042": ("present", "lecturer", "Imported from a list"),
        "S1001": ("late", "lecturer", "Zug"),
        "S1002": ("excused", "lecturer", "Arzt"),
    }
    changes = MarkChange.objects.filter(action="set")
    assert {(change.changed_by, change.to_status) for change in changes} == {
        (office.school.staff, status) for status in ("present", "late", "excused")
    }
    assert office.counts(office.plan("marks", SHEET)) == {"same": 3}


def test_a_closed_register_is_corrected_and_who_is_not_on_the_roster_is_said_to_be_a_guest(office: Office) -> None:
    Student.objects.create(number="S9", full_name="Guest")
    close_session(office.school.session)
    text = "course,day,number,status\nCSC 301,2026-11-23,0042,Présent\nCSC 301,2026-11-23,S9,present\n"
    assert [fate[1:] for fate in office.fates("marks", text)] == [
        ("change", "status: Not observed → Present"),
        ("add", "status: – → Present; not on the roster"),
    ]
    office.write("marks", text)
    assert (statuses(office)["0042"][0], statuses(office)["S9"][0]) == ("present", "present")


def test_another_persons_word_stays_and_ones_own_may_be_changed(office: Office) -> None:
    first, second = office.school.students[:2]
    correct_mark(office.school.session, first, "absent", "left at once", office.school.lecturer)
    correct_mark(office.school.session, second, "absent", "", office.school.staff)
    text = "course,day,number,status\nCSC 301,2026-11-23,0042,present\nCSC 301,2026-11-23,S1001,present\n"
    assert [fate[1:] for fate in office.fates("marks", text)] == [
        ("keep", "Dr Ama Adjei said so; status: Absent → Present"),
        ("change", "status: Absent → Present"),
    ]
    office.write("marks", text)
    assert statuses(office)["0042"] == ("absent", "lecturer", "left at once")
    assert statuses(office)["S1001"][0] == "present"


def test_what_only_a_register_says_is_nobodys_word(office: Office) -> None:
    text = "course,day,number,status\nCSC 301,2026-11-23,0042,not observed\n"
    assert office.fates("marks", text)[0][1:] == ("keep", "no person says that; status: – → Not observed")
    office.write("marks", text)
    assert statuses(office) == {}


@pytest.mark.parametrize(
    "row, said",
    [
        ("NO 1,2026-11-23,,0042,present,", "There is no course NO 1. Import the courses first."),
        ("CSC 301,2026-11-23,,42,present,", "No student has the number 42. 0042 is (Élodie Marchand): were leading"),
        ("CSC 301,2026-11-23,,0042,maybe,", "“maybe” is no status. Write present, late, absent or excused."),
        ("CSC 301,2026-11-23,,0042,A,", "“A” is no status. Write present, late, absent or excused."),
        ("CSC 301,,,0042,present,", "The day is missing."),
        ("CSC 301,2026-11-24,,0042,present,", "CSC 301 does not meet on 2026-11-24."),
        ("CSC 301,2026-11-23,9:30,0042,present,", "CSC 301 does not meet on 2026-11-23 at 09:30."),
        ("CSC 301,2026-11-25,,0042,present,", "CSC 301 meets several times on 2026-11-25. Say when it starts."),
        ("CSC 301,2026-11-25,9:00,0042,present,", "CSC 301 meets twice on 2026-11-25 at 09:00. Say the room."),
        ("CSC 301,2026-11-26,,0042,present,", "This class session is cancelled."),
        ("CSC 301,2030-11-25,,0042,present,", "It has not begun yet."),
    ],
)
def test_a_row_that_cannot_be_a_mark_says_why(office: Office, row: str, said: str) -> None:
    school = office.school
    at = datetime(2026, 11, 25, 9, tzinfo=UTC)
    for hour, room in ((0, school.room), (0, Room.objects.create(name="B 2")), (2, school.room)):
        school.meet(at + timedelta(hours=hour), room=room)
    school.meet(at + timedelta(days=1), is_cancelled=True)
    school.meet(datetime(2030, 11, 25, 9, tzinfo=UTC))
    ((_, outcome, words),) = office.fates("marks", f"course,day,start,number,status,reason\n{row}\n")
    assert outcome == "refuse"
    assert words.startswith(said)


def test_the_room_tells_two_class_sessions_at_one_time_apart(office: Office) -> None:
    other = office.school.meet(office.school.session.starts_at, room=Room.objects.create(name="B 2"))
    office.write("marks", "course,room,day,start,number,status\nCSC 301,b 2,2026-11-23,9:00,0042,present\n")
    assert [mark.session for mark in Mark.objects.all()] == [other]


@pytest.mark.parametrize("start", ["2026-11-23T10:00:00+01:00", "2026-11-23 09:00:00Z", "2026-11-23 14:30+05:30"])
def test_a_time_with_an_offset_is_that_instant_wherever_the_room_is(office: Office, start: str) -> None:
    Room.objects.update(time_zone="America/New_York")
    office.write("marks", f"course,starts at (Europe/Berlin),number,status\nCSC 301,{start},0042,present\n")
    assert Mark.objects.get().session == office.school.session


def test_a_reason_is_asked_for_where_the_course_does_and_a_confidential_one_is_kept_apart(office: Office) -> None:
    CourseRules.objects.create(course=office.school.course, needs_reason=True)
    ConfidentialKind.objects.create(name="Medical note")
    text = "course,day,number,status,reason\nCSC 301,2026-11-23,0042,excused,{}\n"
    assert office.fates("marks", text.format(""))[0][1:] == ("refuse", "A correction needs a reason.")
    office.write("marks", text.format("medical note: flu"))
    assert statuses(office)["0042"] == ("excused", "lecturer", "Confidential")
    assert ConfidentialReason.objects.get().text == "medical note: flu"


def test_two_rows_about_one_student_agree_or_are_refused(office: Office) -> None:
    text = "course,day,number,status\n" + "CSC 301,2026-11-23,0042,{}\n" * 2
    assert [fate[1] for fate in office.fates("marks", text.format("late", "Verspätet"))] == ["add", "same"]
    assert office.fates("marks", text.format("late", "present"))[1][1:] == (
        "refuse",
        "Row 2 says otherwise about the same one.",
    )


def test_a_number_that_was_merged_marks_who_stands_for_it(office: Office) -> None:
    old = Student.objects.create(number="OLD1", full_name="Elodie Marchand")
    merge(old, office.school.students[0])
    office.write("marks", "course,day,number,status\nCSC 301,2026-11-23,OLD1,present\n")
    assert statuses(office) == {"0042": ("present", "lecturer", "Imported from a list")}


def test_what_a_person_said_under_a_number_that_was_merged_stays(office: Office) -> None:
    school, now = office.school, office.school.students[0]
    old = Student.objects.create(number="OLD1", full_name="Elodie Marchand")
    RosterEntry.objects.filter(student=now).update(student=old)
    close_session(school.session)
    correct_mark(school.session, old, "late", "", school.lecturer)
    merge(old, now)
    text = "course,day,number,status\nCSC 301,2026-11-23,0042,present\n"
    assert [fate[1] for fate in office.fates("marks", text)] == ["keep"]
    office.write("marks", text)
    assert (statuses(office)["OLD1"], "0042" in statuses(office)) == (("late", "lecturer", ""), False)


def test_the_command_needs_to_know_whose_word_it_is(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_text(SHEET)
    with acting_for(None):
        with pytest.raises(CommandError, match="Say whose: --as"):
            call_command("import", "marks", str(file))
        with pytest.raises(CommandError, match="There is no account"):
            call_command("import", "marks", str(file), author="nobody@uni.example")
        with pytest.raises(CommandError, match="may not import"):
            call_command("import", "marks", str(file), author="byron@uni.example")
        call_command("import", "marks", str(file), author="Registrar@uni.example", write=True)
    assert Mark.objects.get(student__number="0042").marked_by == office.school.staff


def test_nothing_is_written_where_a_mark_changed_after_it_was_shown(office: Office) -> None:
    shown = office.plan("marks", SHEET).digest()
    correct_mark(office.school.session, office.school.students[0], "late", "", office.school.lecturer)
    with pytest.raises(FileFault, match="has changed since"):
        write_plan(lambda is_writing: office.plan("marks", SHEET, is_writing=is_writing), shown)
    assert set(statuses(office)) == {"0042"}


@pytest.mark.parametrize(
    "change", [{"is_cancelled": True}, {name: F(name) + timedelta(days=1) for name in ("day", "starts_at", "ends_at")}]
)
def test_a_class_session_that_is_changed_just_before_it_is_held_gets_no_marks_and_the_file_says_why(
    office: Office, change: dict[str, Any]
) -> None:
    done: list[int] = []

    def change_it() -> None:
        try:
            done.append(ClassSession.objects.update(**change))
        finally:
            connection.close()

    def change_first(execute: Any, sql: str, *arguments: Any) -> Any:
        if not done and "FOR UPDATE" in sql and "class_session" in sql:
            other = Thread(target=change_it)
            other.start()
            other.join()
        return execute(sql, *arguments)

    with connection.execute_wrapper(change_first), pytest.raises(FileFault, match="cannot be imported: 1"):
        office.write("marks", "course,day,number,status\nCSC 301,2026-11-23,0042,present\n")
    assert (done, Mark.objects.count()) == ([1], 0)


def test_a_larger_file_of_the_same_class_sessions_takes_no_more_statements(office: Office) -> None:
    numbers = [f"N{index:03}" for index in range(40)]
    Student.objects.bulk_create(
        Student(number=number, full_name=number, folded_number=number.lower()) for number in numbers
    )
    rows = [f"CSC 301,2026-11-23,{number},present\n" for number in numbers]

    def statements_for(some: list[str]) -> int:
        with CaptureQueriesContext(connection) as caught:
            office.write("marks", "course,day,number,status\n" + "".join(some))
        return len(caught)

    few = statements_for(rows[:2])
    assert statements_for(rows[2:]) == few
    assert Mark.objects.filter(status="present").count() == len(numbers)


def test_a_class_session_that_comes_to_fit_while_others_are_held_is_held_before_its_marks_are_read(
    office: Office,
) -> None:
    other = office.school.meet(datetime(2026, 11, 30, 9, tzinfo=UTC))
    moved = []

    def move_it(execute: Any, sql: str, *arguments: Any) -> Any:
        answer = execute(sql, *arguments)
        if not moved and "FOR UPDATE" in sql and "class_session" in sql:
            moved.append(other.pk)
            day = datetime(2026, 11, 24, 9, tzinfo=UTC)
            found = ClassSession.objects.get(pk=other.pk)
            found.starts_at, found.ends_at = day, day + timedelta(minutes=50)
            found.save()
        return answer

    text = "course,day,number,status\nCSC 301,2026-11-23,0042,present\nCSC 301,2026-11-24,0042,late\n"
    with connection.execute_wrapper(move_it), CaptureQueriesContext(connection) as caught:
        office.write("marks", text)
    said = [each["sql"] for each in caught]
    held = [index for index, sql in enumerate(said) if "FOR UPDATE" in sql and f"({other.pk})" in sql]
    assert held[0] < next(index for index, sql in enumerate(said) if "FROM `mark`" in sql)
    assert Mark.objects.get(session=other).status == "late"
