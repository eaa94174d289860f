"""Undo, and back to the camera."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

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


@pytest.fixture
def mark_of_the_first_release(school: School, élodie: Student) -> Mark:
    """A lecturer's word that no line of the history tells."""
    said = {"status": "excused", "source": "lecturer", "marked_by": school.lecturer, "note": "Letter of Monday"}
    return Mark.objects.create(session=school.session, student=élodie, **said)


def test_undo_brings_back_a_word_that_is_older_than_the_history(
    school: School, élodie: Student, mark_of_the_first_release: Mark
) -> None:
    say(school, élodie, "absent", school.staff)
    assert history(school.session, élodie) == ["Ama Adjei: excused > excused", "Sam Registrar: excused > absent"]
    mark = undo_word(school.session, élodie, school.staff)
    assert (mark.status, mark.source, mark.marked_by, mark.note) == (
        "excused",
        "lecturer",
        school.lecturer,
        "Letter of Monday",
    )
    assert undo_word(school.session, élodie, school.lecturer).status == "expected"


def test_its_author_takes_a_word_back_that_is_older_than_the_history(
    school: School, élodie: Student, mark_of_the_first_release: Mark
) -> None:
    with pytest.raises(NothingToTakeBack):
        undo_word(school.session, élodie, school.staff)
    assert not MarkChange.objects.exists()
    assert undo_word(school.session, élodie, school.lecturer).status == "expected"
    assert history(school.session, élodie) == ["Ama Adjei: excused > excused", "Ama Adjei: excused > expected"]


def test_closing_keeps_a_word_that_is_older_than_the_history(
    school: School, recognizer: RoomsRecognizer, élodie: Student, mark_of_the_first_release: Mark
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    mark_of_the_first_release.refresh_from_db()
    assert (mark_of_the_first_release.status, mark_of_the_first_release.note) == ("excused", "Letter of Monday")
    assert not MarkChange.objects.filter(student=élodie).exists()


def test_the_page_tells_a_word_that_is_older_than_the_history_and_offers_to_take_it_back(
    client: Client, school: School, élodie: Student, mark_of_the_first_release: Mark
) -> None:
    address = f"/sessions/{school.session.pk}/students/{élodie.pk}/"
    client.force_login(school.lecturer)
    page = client.get(address).text
    assert "when is not known" in page
    assert "Undo your “excused”" in page
    say(school, élodie, "absent", school.staff)
    page = client.get(address).text
    assert page.count("when is not known") == 1
    assert "“Letter of Monday”" in page


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
