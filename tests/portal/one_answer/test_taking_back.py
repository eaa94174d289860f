"""Undo, and back to the camera."""

from __future__ import annotations

from typing import Any

import pytest

from portal.attendance.models import Mark, MarkChange, Student
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import (
    NothingToTakeBack,
    StaleCorrection,
    back_to_camera,
    correct_mark,
    undo_word,
)
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import at, history, say, watch
from tests.portal.school import School


def test_undo_takes_back_ones_own_latest_word(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3))
    say(school, élodie, "absent", school.lecturer)
    say(school, élodie, "late", school.staff)
    say(school, élodie, "excused", school.lecturer)
    assert undo_word(school.session, élodie, school.lecturer).status == "late"
    assert undo_word(school.session, élodie, school.lecturer).status == "late"
    with pytest.raises(NothingToTakeBack):
        undo_word(school.session, élodie, school.lecturer)
    mark = undo_word(school.session, élodie, school.staff)
    assert (mark.status, mark.source, mark.marked_by, mark.note) == ("present", "camera", None, "")
    assert history(school.session, élodie)[3:] == [
        "Ama Adjei: excused > late",
        "Ama Adjei: late > late",
        "Sam Registrar: late > present",
    ]


def test_back_to_the_camera_takes_every_word_back(school: School, recognizer: RoomsRecognizer, élodie: Student) -> None:
    watch(recognizer, school)
    say(school, élodie, "present", school.staff)
    say(school, élodie, "excused", school.lecturer)
    close_session(school.session)
    assert back_to_camera(school.session, élodie, school.lecturer).status == "absent"
    assert history(school.session, élodie)[-1] == "Ama Adjei: excused > absent"
    with pytest.raises(NothingToTakeBack):
        back_to_camera(school.session, élodie, school.lecturer)
    with pytest.raises(NothingToTakeBack):
        undo_word(school.session, élodie, school.staff)


@pytest.mark.parametrize("take_back", [undo_word, back_to_camera])
def test_what_somebody_else_said_meanwhile_is_not_taken_back_unseen(
    school: School, élodie: Student, take_back: Any
) -> None:
    say(school, élodie, "absent", school.lecturer)
    shown = MarkChange.objects.get().pk
    say(school, élodie, "present", school.staff)
    with pytest.raises(StaleCorrection):
        take_back(school.session, élodie, school.lecturer, shown=shown)
    assert Mark.objects.get().status == "present"


def test_what_a_program_decided_meanwhile_does_not_make_a_page_stale(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    mark = correct_mark(school.session, élodie, "excused", "letter", school.lecturer, shown=0)
    assert mark.status == "excused"
