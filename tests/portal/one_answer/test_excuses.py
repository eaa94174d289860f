"""Excuses: they answer where nobody has spoken and no camera has seen, in open and closed registers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from portal.accounts.models import OfficialChange
from portal.attendance.models import ConfidentialKind, Course, Excuse, Mark, MarkChange, RosterEntry, Student
from portal.attendance.queries.register import register_of
from portal.attendance.services.closing import close_due, close_session, turn_rest_absent
from portal.attendance.services.correction import back_to_camera, correct_mark
from portal.attendance.services.excuses import NothingToWithdraw, Outcome, enter_again, enter_excuses, withdraw_excuses
from portal.attendance.services.rosters import apply_roster_to_held_sessions
from portal.attendance.services.timetable import change_session
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import END, MINUTE, at, history, register, watch
from tests.portal.school import NINE, School

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def excuse(student: Student, course: Course | None, first: date = MONDAY, last: date = MONDAY, **values: Any) -> Excuse:
    return Excuse(
        **{"student": student, "course": course, "first_day": first, "last_day": last, "reason": "flu"} | values
    )


def test_an_excuse_ahead_shows_at_once_has_no_row_yet_and_is_written_when_the_register_closes(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    assert enter_excuses([excuse(élodie, school.course)], school.lecturer) == Outcome(0, 0)
    shown = register_of(school.session, NINE)
    assert {row.student.number: row.status for row in shown.rows}["0042"] == "excused"
    assert not Mark.objects.exists()
    close_session(school.session)
    assert register(school.session)["0042"] == "excused"
    assert register(school.session)["S1001"] == "absent"
    assert history(school.session, élodie) == ["portal: - > excused"]


def test_an_excuse_afterwards_changes_the_closed_register_and_withdrawn_gives_the_absence_back(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    entered = excuse(élodie, None, MONDAY - 7 * DAY, MONDAY)
    assert enter_excuses([entered], school.staff) == Outcome(1, 0)
    assert register(school.session)["0042"] == "excused"
    withdraw_excuses([entered], school.lecturer)
    assert register(school.session)["0042"] == "absent"
    assert history(school.session, élodie) == [
        "portal: - > absent",
        "portal: absent > excused",
        "portal: excused > absent",
    ]
    kept = Excuse.objects.get()
    assert (kept.entered_by, kept.withdrawn_by, kept.reason) == (school.staff, school.lecturer, "flu")
    with pytest.raises(NothingToWithdraw):
        withdraw_excuses([entered], school.staff)


def test_no_history_and_no_trail_repeats_the_reason(school: School, élodie: Student) -> None:
    school.see(school.students[1])
    close_session(school.session)
    entered = excuse(élodie, school.course, reason="a secret illness")
    enter_excuses([entered], school.lecturer)
    withdraw_excuses([entered], school.lecturer)
    told = [*MarkChange.objects.values_list("reason", flat=True)]
    for row in OfficialChange.objects.values_list("row_name", "field", "old", "new"):
        told += row
    assert any("CSC 301, 2026-11-23" in each for each in told)
    assert not any("secret" in each for each in told)


def test_what_a_camera_sees_goes_before_an_excuse_and_a_persons_word_before_both(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    enter_excuses([excuse(élodie, school.course)], school.lecturer)
    recognizer.evidence(school.session, élodie, at(3), at(20))
    close_session(school.session)
    assert register(school.session)["0042"] == "present"
    correct_mark(school.session, élodie, "absent", "a twin", school.lecturer)
    entered = excuse(élodie, None)
    assert enter_excuses([entered], school.staff) == Outcome(0, 0)
    assert register(school.session)["0042"] == "absent"
    back_to_camera(school.session, élodie, school.lecturer)
    assert register(school.session)["0042"] == "present"


def test_an_excuse_holds_on_its_days_and_in_its_course_alone(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    for number in (1, 2):
        recognizer.sight(at(-30) + number * DAY, at(120) + number * DAY)
    tuesday, wednesday = school.meet(NINE + DAY), school.meet(NINE + 2 * DAY)
    elsewhere = school.meet(NINE + DAY + 2 * 60 * MINUTE, course=school.other_course)
    recognizer.sight(elsewhere.starts_at, elsewhere.ends_at)
    RosterEntry.objects.create(course=school.other_course, student=élodie)
    enter_excuses([excuse(élodie, school.course, MONDAY, MONDAY + DAY)], school.lecturer)
    close_due(now=NINE + 3 * DAY)
    found = [register(each)["0042"] for each in (school.session, tuesday, wednesday, elsewhere)]
    assert found == ["excused", "excused", "absent", "absent"]


def test_a_class_session_that_is_moved_into_or_out_of_the_days_is_decided_anew(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.sight(at(-30) - DAY, at(120) - DAY)
    enter_excuses([excuse(élodie, school.course)], school.lecturer)
    close_session(school.session)
    assert register(school.session)["0042"] == "excused"
    change_session(school.session, starts_at=NINE - DAY, ends_at=END - DAY)
    assert register(school.session)["0042"] == "absent"
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "excused"


def test_who_joins_a_held_class_session_is_excused_there(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    new = Student.objects.create(number="N1", full_name="New Here")
    recognizer.enrol(new, at(-10_000))
    close_session(school.session)
    enter_excuses([excuse(new, None)], school.staff)
    assert "N1" not in register(school.session)
    RosterEntry.objects.create(course=school.course, student=new)
    apply_roster_to_held_sessions(school.course, [new])
    assert register(school.session)["N1"] == "excused"


def test_the_day_is_the_rooms(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    """Half past eleven in the evening in London is the next day in Tokyo."""
    school.room.time_zone = "Asia/Tokyo"
    school.room.save()
    late = school.meet(NINE + timedelta(hours=14, minutes=30))
    recognizer.sight(late.starts_at, late.ends_at)
    recognizer.enrol(élodie, at(-10_000))
    close_session(late)
    enter_excuses([excuse(élodie, school.course)], school.lecturer)
    assert register(late)["0042"] == "absent"
    enter_excuses([excuse(élodie, school.course, MONDAY + DAY, MONDAY + DAY)], school.lecturer)
    assert register(late)["0042"] == "excused"


def test_whoever_turns_the_rest_absent_leaves_the_excused_alone(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    """The class session is over, and its register is still open."""
    enter_excuses([excuse(élodie, school.course)], school.lecturer)
    assert turn_rest_absent(school.session, school.lecturer) == 3
    assert "0042" not in register(school.session)


def test_the_same_excuse_sent_twice_is_one_and_two_that_overlap_hold_until_both_are_withdrawn(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    first, again, other = (excuse(élodie, school.course) for _ in range(3))
    enter_excuses([first], school.lecturer)
    enter_excuses([again], school.lecturer)
    assert Excuse.objects.count() == 1
    enter_excuses([other], school.staff)
    assert Excuse.objects.count() == 2
    assert withdraw_excuses([first], school.lecturer) == Outcome(1, 0)
    assert register(school.session)["0042"] == "excused"
    withdraw_excuses([other], school.staff)
    assert register(school.session)["0042"] == "absent"


def test_the_portal_cannot_change_or_delete_what_was_entered_and_the_recognizer_reads_nothing_of_it(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    entered = excuse(élodie, school.course)
    enter_excuses([entered], school.lecturer)
    for statement in ("UPDATE excuse SET reason = 'x'", "DELETE FROM excuse"):
        with connection.cursor() as cursor, pytest.raises(OperationalError, match="denied"):
            cursor.execute(statement)
    with recognizer.engine.connect() as other, pytest.raises(Exception, match="denied"):
        other.exec_driver_sql("SELECT id FROM excuse")


def test_what_was_withdrawn_together_is_entered_again_together_and_answers_as_before(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    ConfidentialKind.objects.create(name="Medical note")
    both = [excuse(élodie, course, reason="Medical note") for course in (school.course, school.other_course)]
    assert enter_excuses(both, school.lecturer) == Outcome(1, 0)
    assert both[0].entered_at == both[1].entered_at
    withdraw_excuses(both, school.staff)
    assert register(school.session)["0042"] == "absent"
    for _ in range(2):
        again, outcome = enter_again(both)
        assert outcome == Outcome(1, 0)
        assert register(school.session)["0042"] == "excused"
    assert {each.pk for each in Excuse.objects.in_force()} == {each.pk for each in again}
    assert [(each.reason, each.confidential.text, each.entered_by) for each in again] == [
        ("Confidential", "Medical note", school.lecturer)
    ] * 2
