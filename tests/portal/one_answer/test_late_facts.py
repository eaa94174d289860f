"""Late facts: what arrives after closing, and what a person has to confirm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.attendance.models import ClassSession, Mark, Room, Student
from portal.attendance.services.closing import close_due, close_if_due, close_session
from portal.attendance.services.correction import confirm_evidence
from portal.attendance.services.deciding import decide_anew
from portal.attendance.services.timetable import change_session
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.register import SqlRegister
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import END, at, history, register, watch
from tests.portal.school import NINE, School


def test_sight_that_arrives_after_closing_decides_anew(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    close_session(school.session)
    assert register(school.session)["0042"] == "unseen blind"
    recognizer.sight(at(-30), at(120))
    assert close_due() == (1, 0)
    assert register(school.session)["0042"] == "unseen not enrolled"
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    school.session.refresh_from_db()
    assert close_if_due(school.session)
    assert set(register(school.session).values()) == {"absent"}
    assert history(school.session, élodie) == ["portal: - > unseen", "portal: unseen > absent"]


def test_a_further_camera_that_was_blind_takes_an_absence_back(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    close_session(school.session)
    recognizer.blind(at(0), at(30), camera="back", reason="covered")
    assert close_due() == (1, 0)
    assert set(register(school.session).values()) == {"unseen blind"}


def test_late_sight_that_moves_what_was_covered_decides_anew_whoever_was_enrolled_for_a_part(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    """Thirty minutes are covered before and after; the student could be named in the last thirty alone."""
    school.course.least_coverage_percent = 60
    school.course.save()
    for student in school.students:
        recognizer.enrol(student, at(20) if student == élodie else at(-10_000))
    recognizer.sight(at(0), at(30), camera="front")
    close_session(school.session)
    assert register(school.session) == {
        "0042": "unseen not enrolled",
        "S1001": "absent",
        "S1002": "absent",
        "S1003": "absent",
    }
    recognizer.sight(at(30), at(50), camera="front")
    recognizer.blind(at(0), at(20), camera="back")
    recognizer.sight(at(20), at(50), camera="back")
    assert close_due() == (1, 0)
    assert set(register(school.session).values()) == {"absent"}
    assert close_due() == (0, 0)


def test_a_span_that_goes_on_after_the_class_session_is_no_news(
    school: School, recognizer: RoomsRecognizer, portal_on_mariadb: MigratedMariaDB
) -> None:
    """Case P02: a camera that goes on, or is repaired on Tuesday, changes nothing about Monday."""
    watch(recognizer, school)
    close_session(school.session)
    portal_on_mariadb.server.execute(
        f"UPDATE {portal_on_mariadb.name}.sight SET ends_at = ends_at + INTERVAL 5 HOUR,"
        " recorded_at = recorded_at + INTERVAL 5 MINUTE"
    )
    recognizer.sight(at(24 * 60), at(25 * 60))
    assert close_due() == (0, 0)


def test_monday_without_a_camera_stays_not_observed_when_one_sees_on_tuesday(
    school: School, recognizer: RoomsRecognizer
) -> None:
    close_session(school.session)
    recognizer.sight(at(24 * 60), at(25 * 60))
    recognizer.sight(END - timedelta(seconds=1), END)
    for student in school.students:
        recognizer.enrol(student, at(-10_000))
    close_due()
    assert set(register(school.session).values()) == {"unseen blind"}


def test_what_was_seen_by_a_wrong_clock_marks_nobody_until_a_person_confirms_it(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3), is_confirmed=False)
    close_session(school.session)
    assert register(school.session)["0042"] == "unseen clock"
    mark = confirm_evidence(school.session, élodie, school.lecturer)
    assert (mark.status, mark.source, mark.first_seen_at) == ("present", "camera", at(3))
    assert history(school.session, élodie) == ["portal: - > unseen", "Ama Adjei: unseen > present"]
    with pytest.raises(ValueError, match="waits to be confirmed"):
        confirm_evidence(school.session, élodie, school.lecturer)


def test_a_mark_of_an_older_recognizer_counts_without_evidence_and_keeps_its_times(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    school.see(élodie, minute=1)
    close_session(school.session)
    assert register(school.session)["0042"] == "present"
    change_session(school.session, starts_at=at(60), ends_at=at(110))
    mark = Mark.objects.get(student=élodie)
    assert (mark.status, mark.first_seen_at) == ("absent", at(1))
    change_session(school.session, starts_at=NINE, ends_at=END)
    assert register(school.session)["0042"] == "present"


def record(database: MigratedMariaDB, school: School, session: ClassSession, student: Student, *minutes: int) -> None:
    """The recognizer of the room, which was without the database, delivers what it saw for a class session."""
    engine = make_engine(database.recognizer_url)
    for minute in minutes:
        seen_at = at(minute).replace(tzinfo=None)
        sighting = Sighting(student.number, seen_at, "front", 0.3, None, None, 5, 1)
        SqlRegister(engine, school.room.name).record(Evidence.of(sighting, session.pk))
    engine.dispose()


def test_what_arrives_late_counts_for_every_class_session_that_was_held_in_its_time(
    school: School, recognizer: RoomsRecognizer, élodie: Student, portal_on_mariadb: MigratedMariaDB
) -> None:
    """The one that was planned was cancelled by mistake and another was entered in its place, before it arrived."""
    watch(recognizer, school)
    change_session(school.session, is_cancelled=True)
    entered = school.meet(at(5))
    elsewhere = school.meet(at(5), room=Room.objects.create(name="Another room"))
    close_due()
    assert set(register(entered).values()) == {"absent"}
    record(portal_on_mariadb, school, school.session, élodie, 2, 40)
    record(portal_on_mariadb, school, school.session, school.students[1], 2, 4)
    assert register(entered) == {"0042": "late", "S1001": "absent", "S1002": "absent", "S1003": "absent"}
    assert history(entered, élodie) == ["portal: - > absent", "recognizer: absent > late"]
    assert set(register(elsewhere).values()) == {"unseen blind"}
    before = register(entered)
    assert decide_anew(entered) == 0
    assert register(entered) == before


def test_what_arrives_late_from_a_wrong_clock_puts_an_absence_there_in_doubt(
    school: School, recognizer: RoomsRecognizer, élodie: Student, portal_on_mariadb: MigratedMariaDB
) -> None:
    watch(recognizer, school)
    change_session(school.session, is_cancelled=True)
    entered = school.meet(at(5))
    close_due()
    sighting = Sighting(élodie.number, at(7).replace(tzinfo=None), "front", 0.3, None, None, 5, 1)
    engine = make_engine(portal_on_mariadb.recognizer_url)
    SqlRegister(engine, school.room.name).record(Evidence.of(sighting, school.session.pk, is_confirmed=False))
    engine.dispose()
    assert register(entered)["0042"] == "unseen clock"
    assert decide_anew(entered) == 0
    confirm_evidence(entered, élodie, school.lecturer)
    assert register(entered)["0042"] == "present"


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_what_arrives_late_of_look_alikes_puts_the_absence_of_both_in_doubt_and_marks_neither(
    school: School,
    recognizer: RoomsRecognizer,
    portal_on_mariadb: MigratedMariaDB,
    is_elsewhere: bool,
) -> None:
    """Also where it was kept for a class session that was cancelled, in whose time another was held."""
    watch(recognizer, school)
    kept = held = school.session
    if is_elsewhere:
        change_session(kept, is_cancelled=True)
        held = school.meet(at(5))
    close_due()
    one, other = school.students[1:3]
    engine = make_engine(portal_on_mariadb.recognizer_url)
    for student, runner_up in ((one, other), (other, one)):
        for minute in (7, 20):
            sighting = Sighting(
                *(student.number, at(minute).replace(tzinfo=None), "front", 0.3, runner_up.number, 0.31, 5, 1),
                is_between=True,
            )
            for _ in range(2):
                SqlRegister(engine, school.room.name).record(Evidence.of(sighting, kept.pk))
    engine.dispose()
    said = {"0042": "absent", "S1001": "unseen look-alike", "S1002": "unseen look-alike", "S1003": "absent"}
    assert register(held) == said
    assert history(held, one) == ["portal: - > absent", "recognizer: absent > unseen"]
    assert decide_anew(held) == 0
    record(portal_on_mariadb, school, kept, one, 9)
    assert register(held) == said | {"S1001": "present"}
    assert decide_anew(held) == 0
