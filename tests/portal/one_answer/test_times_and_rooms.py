"""Changed times and rooms, and cancelling."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.attendance.admin.timetable import register_words
from portal.attendance.models import ClassSession, Mark, Room, RosterEntry, Student
from portal.attendance.services.closing import check_register, close_due, close_if_due, close_session
from portal.attendance.services.correction import confirm_evidence, correct_mark, undo_word
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.room_zones import change_zone
from portal.attendance.services.timetable import change_session
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import END, MINUTE, at, register, watch
from tests.portal.school import NINE, School


def test_changed_times_decide_by_the_minutes_that_were_seen(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    """Seen from two to ten minutes past; the class began at half past nine, so there is nothing of it in the window."""
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(2), at(10))
    recognizer.evidence(school.session, school.students[1], at(2), at(40))
    close_session(school.session)
    change_session(school.session, starts_at=at(30), ends_at=at(80))
    assert register(school.session) == {"0042": "absent", "S1001": "present", "S1002": "absent", "S1003": "absent"}
    assert Mark.objects.get(student=school.students[1]).first_seen_at == at(15)
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "present"
    assert Mark.objects.get(student=school.students[1]).first_seen_at == at(2)


@pytest.fixture
def neighbour(school: School, recognizer: RoomsRecognizer) -> ClassSession:
    """Another course's class session, which follows in the same room and expects one student."""
    watch(recognizer, school)
    session = school.meet(NINE + timedelta(hours=1), course=school.other_course)
    student = Student.objects.create(number="B1", full_name="Ben One")
    RosterEntry.objects.create(course=school.other_course, student=student)
    recognizer.enrol(student, at(-10_000))
    return session


def test_class_sessions_that_change_places_after_they_were_held_go_by_who_was_in_the_room(
    school: School, recognizer: RoomsRecognizer, élodie: Student, neighbour: ClassSession
) -> None:
    """The timetable was wrong, so each student was seen as a visitor of the other's course."""
    recognizer.evidence(school.session, Student.objects.get(number="B1"), at(2), at(40))
    recognizer.evidence(neighbour, élodie, at(80), at(100))
    close_due()
    assert register(neighbour) == {"B1": "absent"}
    change_session(neighbour, starts_at=at(1), ends_at=END)
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    assert register(neighbour) == {"B1": "present"}
    assert register(school.session) == {"0042": "late"} | dict.fromkeys(("S1001", "S1002", "S1003"), "absent")
    mark = Mark.objects.get(session=school.session, student=élodie)
    assert (mark.first_seen_at, mark.last_seen_at, mark.camera_name) == (at(80), at(100), "front")
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "absent"


def test_a_class_session_that_is_entered_after_it_was_held_goes_by_who_was_in_the_room(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    """The one that was planned was cancelled by mistake, and another was entered in its place."""
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3), at(40))
    change_session(school.session, is_cancelled=True)
    entered = school.meet(at(5))
    close_session(entered)
    assert register(entered)["0042"] == "present"


def seen_times(session: ClassSession, student: Student) -> tuple[object, ...]:
    mark = Mark.objects.get(session=session, student=student)
    return (mark.first_seen_at, mark.last_seen_at, mark.distance, mark.camera_name)


NEVER_SEEN = (None, None, None, "")


def test_a_mark_keeps_no_times_of_another_class_session_that_was_in_its_time_once(
    school: School, recognizer: RoomsRecognizer, élodie: Student, neighbour: ClassSession
) -> None:
    recognizer.evidence(neighbour, élodie, at(80), at(100))
    recognizer.evidence(school.session, school.students[1], at(2), at(10))
    recognizer.evidence(neighbour, school.students[1], at(80), at(100))
    close_due()
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    assert seen_times(school.session, élodie)[:2] == (at(80), at(100))
    assert seen_times(school.session, school.students[1])[:2] == (at(80), at(100))
    change_session(school.session, starts_at=at(85), ends_at=at(110))
    assert seen_times(school.session, élodie)[:2] == (at(85), at(100))
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert seen_times(school.session, élodie) == NEVER_SEEN
    assert seen_times(school.session, school.students[1])[:2] == (at(2), at(10))


def test_whom_another_room_saw_is_not_present_in_a_class_session_that_moves_from_there(
    school: School, recognizer: RoomsRecognizer, élodie: Student, neighbour: ClassSession
) -> None:
    recognizer.evidence(neighbour, élodie, at(80), at(100))
    close_due()
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    assert register(school.session)["0042"] == "late"
    change_session(school.session, room=Room.objects.create(name="Another room"))
    assert register(school.session)["0042"] == "unseen blind"
    assert seen_times(school.session, élodie) == NEVER_SEEN


def test_a_persons_word_stands_while_the_times_beside_it_follow_what_was_seen(
    school: School, recognizer: RoomsRecognizer, élodie: Student, neighbour: ClassSession
) -> None:
    recognizer.evidence(neighbour, élodie, at(80), at(100))
    close_due()
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    correct_mark(school.session, élodie, "present", "The bus was late", school.lecturer)
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "present"
    assert seen_times(school.session, élodie) == NEVER_SEEN
    undo_word(school.session, élodie, school.lecturer)
    assert register(school.session)["0042"] == "absent"


@pytest.mark.parametrize("place", [0, 1], ids=["where it is kept", "where it counts"])
def test_a_doubtful_sighting_counts_for_a_class_session_that_has_come_to_lie_in_its_time(
    school: School, recognizer: RoomsRecognizer, élodie: Student, neighbour: ClassSession, place: int
) -> None:
    """Until it is confirmed it puts the absence in doubt, also where another class session keeps it."""
    recognizer.evidence(neighbour, élodie, at(62), at(100), is_confirmed=False)
    close_due()
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    assert register(school.session) == {"0042": "unseen clock"} | dict.fromkeys(("S1001", "S1002", "S1003"), "absent")
    confirm_evidence([neighbour, school.session][place], élodie, school.staff)
    assert register(school.session)["0042"] == "present"
    with pytest.raises(ValueError, match="waits to be confirmed"):
        confirm_evidence([school.session, neighbour][place], élodie, school.staff)


def test_what_was_seen_in_one_class_session_says_nothing_of_the_next(
    school: School, recognizer: RoomsRecognizer, élodie: Student, neighbour: ClassSession
) -> None:
    RosterEntry.objects.create(course=school.other_course, student=élodie)
    recognizer.evidence(school.session, élodie, at(47), at(49))
    close_due()
    assert register(school.session)["0042"] == "late"
    assert register(neighbour)["0042"] == "absent"


def test_a_changed_late_limit_counts_for_those_who_were_seen(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    recognizer.evidence(school.session, élodie, at(10))
    decide_anew(school.session)
    change_session(school.session, late_after_minutes=5)
    close_session(school.session)
    assert register(school.session)["0042"] == "late"


def test_an_end_in_the_future_opens_the_register_again(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    school.see(school.students[1])
    close_session(school.session)
    change_session(school.session, ends_at=timezone.now() + 10 * MINUTE)
    assert school.session.closed_at is None
    assert register(school.session) == {
        "0042": "expected",
        "S1001": "present",
        "S1002": "expected",
        "S1003": "expected",
    }
    change_session(school.session, ends_at=END)
    assert school.session.closed_at is not None
    assert register(school.session)["0042"] == "absent"


@pytest.mark.parametrize("change", [{"ends_at": datetime(2126, 1, 1, tzinfo=UTC)}, {"is_cancelled": True}])
def test_a_register_that_opens_again_is_to_be_checked_again(
    school: School, recognizer: RoomsRecognizer, change: Any
) -> None:
    watch(recognizer, school)
    close_if_due(school.session)
    check_register(school.session, school.lecturer)
    assert register_words(school.session) == "Closed, checked by Dr Ama Adjei"
    change_session(school.session, late_after_minutes=5)
    assert school.session.checked_by == school.lecturer
    change_session(school.session, **change)
    assert (school.session.checked_by, school.session.checked_at) == (None, None)
    assert register_words(school.session) in ("Open", "Cancelled")


def test_a_register_that_is_checked_before_it_closes_is_not_called_closed(school: School) -> None:
    check_register(school.session, school.lecturer)
    assert register_words(school.session) == "Open, checked by Dr Ama Adjei"


def test_coverage_follows_the_room_and_evidence_stays(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3))
    close_session(school.session)
    change_session(school.session, room=Room.objects.create(name="Another room"))
    assert register(school.session) == {
        "0042": "present",
        "S1001": "unseen blind",
        "S1002": "unseen blind",
        "S1003": "unseen blind",
    }


def test_a_cancelled_class_session_keeps_its_rows_and_is_closed_anew_when_called_back(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3))
    correct_mark(school.session, school.students[1], "excused", "letter", school.lecturer)
    close_session(school.session)
    before = register(school.session)
    change_session(school.session, is_cancelled=True)
    assert school.session.closed_at is None
    assert register(school.session).keys() == before.keys()
    assert not close_if_due(school.session)
    assert close_due() == (0, 0)
    RosterEntry.objects.filter(student=school.students[3]).delete()
    change_session(school.session, is_cancelled=False)
    assert school.session.closed_at is not None
    assert register(school.session) == before | {"S1003": "(expected)"}


def test_a_room_in_another_zone_moves_the_days_of_open_registers(school: School) -> None:
    evening = school.meet(datetime(2026, 12, 1, 20, 0, tzinfo=UTC))
    close_session(school.session)
    change_zone(school.room, "Asia/Tokyo")
    evening.refresh_from_db()
    assert evening.day == date(2026, 12, 2)
