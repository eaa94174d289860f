"""Rosters with days, visitors and walk-ins."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from portal.attendance.models import RosterEntry, Student
from portal.attendance.services.closing import close_due, close_session
from portal.attendance.services.correction import correct_mark, undo_word
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.rosters import (
    apply_roster_to_held_sessions,
    decide_open_registers,
    end_membership,
    held_sessions_to_change,
)
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import MINUTE, at, register, watch
from tests.portal.school import NINE, School


def test_who_joins_in_week_six_is_not_counted_in_week_one(school: School, recognizer: RoomsRecognizer) -> None:
    """Case P01."""
    watch(recognizer, school)
    new = Student.objects.create(number="N1", full_name="New Here")
    RosterEntry.objects.create(course=school.course, student=new, since=date(2026, 12, 28))
    close_session(school.session)
    assert "N1" not in register(school.session)


def test_who_leaves_leaves_the_absences_behind(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    """Case P03."""
    watch(recognizer, school)
    close_session(school.session)
    entry = RosterEntry.objects.get(student=élodie)
    assert end_membership(entry, date(2026, 11, 30))
    entry.refresh_from_db()
    assert entry.until == date(2026, 11, 29)
    decide_anew(school.session)
    assert register(school.session)["0042"] == "absent"


def test_a_membership_in_which_nothing_was_held_goes_altogether(school: School, élodie: Student) -> None:
    assert not end_membership(RosterEntry.objects.get(student=élodie), school.session.day)
    assert not RosterEntry.objects.filter(student=élodie).exists()


def test_an_edit_of_the_roster_touches_closed_registers_only_where_that_is_asked_for(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    second = school.meet(NINE + timedelta(days=1))
    recognizer.sight(at(24 * 60), at(25 * 60))
    close_due()
    RosterEntry.objects.filter(student=élodie).update(until=date(2026, 11, 23))
    new = Student.objects.create(number="N1", full_name="New Here")
    RosterEntry.objects.create(course=school.course, student=new, since=date(2026, 11, 24))
    recognizer.enrol(new, at(-10_000))
    before = register(school.session), register(second)
    close_due()
    decide_anew(second)
    assert (register(school.session), register(second)) == before
    assert held_sessions_to_change(school.course, [élodie, new]) == [second]
    assert apply_roster_to_held_sessions(school.course, [élodie, new]) == 1
    assert register(school.session) == before[0]
    assert register(second) == before[1] | {"0042": "(expected)", "N1": "absent"}
    assert apply_roster_to_held_sessions(school.course, [élodie, new]) == 0


def test_who_joins_while_the_class_runs_is_marked_by_what_was_seen(school: School, recognizer: RoomsRecognizer) -> None:
    session = school.meet(timezone.now() - 20 * MINUTE)
    visitor = Student.objects.create(number="V1", full_name="A Visitor")
    recognizer.evidence(session, visitor, session.starts_at + MINUTE, session.starts_at + MINUTE)
    decide_anew(session)
    assert register(session) == {}
    RosterEntry.objects.create(course=school.course, student=visitor)
    decide_open_registers({school.course: [visitor]})
    assert register(session) == {"V1": "present"}


def test_a_visitor_has_evidence_and_no_mark(school: School, recognizer: RoomsRecognizer) -> None:
    visitor = Student.objects.create(number="V1", full_name="A Visitor")
    recognizer.evidence(school.session, visitor, at(3))
    close_session(school.session)
    assert "V1" not in register(school.session)


def test_a_walk_in_has_a_row_is_here_and_does_not_count(school: School, recognizer: RoomsRecognizer) -> None:
    visitor = Student.objects.create(number="V1", full_name="A Visitor")
    mark = correct_mark(school.session, visitor, "present", "sat in", school.lecturer)
    assert not mark.on_roster
    close_session(school.session)
    assert register(school.session)["V1"] == "(present)"
    assert undo_word(school.session, visitor, school.lecturer).status == "expected"
