"""Coverage: how much the cameras must have seen, and what a person says where they have not."""

from __future__ import annotations

import pytest
from django.utils import timezone

from portal.attendance.models import Mark, Room, Student
from portal.attendance.services.closing import check_register, close_session, turn_rest_absent
from portal.attendance.services.correction import correct_mark, undo_word
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import MINUTE, at, history, register, watch
from tests.portal.school import School


@pytest.mark.parametrize(("each_sees_all", "expected"), [(False, "unseen blind"), (True, "absent")])
def test_every_camera_must_have_seen_unless_each_sees_all(
    school: School, recognizer: RoomsRecognizer, each_sees_all: bool, expected: str
) -> None:
    Room.objects.update(each_camera_sees_all=each_sees_all)
    watch(recognizer, school)
    recognizer.sight(at(-30), at(20), camera="back")
    recognizer.blind(at(20), at(120), camera="back")
    close_session(school.session)
    assert set(register(school.session).values()) == {expected}


def test_a_camera_that_was_dark_all_along_is_no_witness(school: School, recognizer: RoomsRecognizer) -> None:
    """Case C07."""
    recognizer.blind(at(-15), at(60))
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    close_session(school.session)
    assert set(register(school.session).values()) == {"unseen blind"}


def test_the_courses_rule_says_how_much_must_be_covered(school: School, recognizer: RoomsRecognizer) -> None:
    school.course.least_coverage_percent = 40
    school.course.save()
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    recognizer.sight(at(0), at(20))
    close_session(school.session)
    assert set(register(school.session).values()) == {"absent"}


def test_a_person_who_checks_the_register_may_turn_the_rest_absent(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    school.see(school.students[1])
    guest = Student.objects.create(number="G1", full_name="A Guest")
    correct_mark(school.session, guest, "present", "sat in", school.lecturer)
    close_session(school.session)
    assert turn_rest_absent(school.session, school.lecturer) == 3
    assert register(school.session) == {
        "0042": "absent",
        "S1001": "present",
        "S1002": "absent",
        "S1003": "absent",
        "G1": "(present)",
    }
    assert (school.session.checked_by, school.session.checked_at is not None) == (school.lecturer, True)
    assert undo_word(school.session, élodie, school.lecturer).status == "unseen"
    assert history(school.session, élodie)[1:] == ["Ama Adjei: unseen > absent", "Ama Adjei: absent > unseen"]


def test_the_rest_is_turned_absent_before_closing_too_and_stays_so(school: School) -> None:
    session = school.meet(timezone.now() - 52 * MINUTE)
    assert turn_rest_absent(session, school.lecturer) == 4
    close_session(session, session.ends_at + 15 * MINUTE)
    assert set(register(session).values()) == {"absent"}
    assert set(Mark.objects.values_list("source", flat=True)) == {"lecturer"}


def test_nobody_is_turned_absent_before_the_end(school: School) -> None:
    with pytest.raises(ValueError, match="once the class session is over"):
        turn_rest_absent(school.meet(timezone.now() - 10 * MINUTE), school.lecturer)
    assert not Mark.objects.exists()


def test_checking_a_register_says_who_and_when_and_changes_no_mark(school: School) -> None:
    check_register(school.session, school.lecturer)
    school.session.refresh_from_db()
    assert school.session.checked_by == school.lecturer
    assert not Mark.objects.exists()
