"""Closing: when a register is closed, by whom, and that everybody on it then has an answer."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from portal.attendance.models import ClassSession, Mark, MarkChange, RosterEntry, Student
from portal.attendance.services.closing import close_due, close_if_due, close_session
from portal.attendance.services.correction import correct_mark
from portal.attendance.services.deciding import decide_anew
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import DUE, MINUTE, at, history, register, watch
from tests.portal.school import NINE, School


def test_closing_gives_everyone_on_the_roster_of_that_day_an_answer(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    recognizer.evidence(school.session, élodie, at(3), at(40))
    late, ill = school.students[1:3]
    recognizer.evidence(school.session, late, at(20))
    correct_mark(school.session, ill, "excused", "letter", school.lecturer)
    RosterEntry.objects.filter(student=school.students[3]).update(until=date(2026, 11, 22))
    assert not close_if_due(school.session, DUE - MINUTE)
    assert close_if_due(school.session, DUE)
    assert register(school.session) == {"0042": "present", "S1001": "late", "S1002": "excused"}
    assert school.session.closed_at is not None


def test_who_was_not_seen_is_absent_and_the_history_says_who_decided_it(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    close_session(school.session)
    assert register(school.session) == dict.fromkeys(("0042", "S1001", "S1002", "S1003"), "absent")
    assert history(school.session, élodie) == ["portal: - > absent"]
    assert "100 %" in MarkChange.objects.filter(student=élodie).get().reason


def test_an_inactive_student_is_not_expected_and_keeps_the_row_that_is_there(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    school.see(élodie)
    Student.objects.filter(number__in=["0042", "S1001"]).update(is_active=False)
    close_session(school.session)
    assert register(school.session) == {"0042": "(present)", "S1002": "absent", "S1003": "absent"}


def test_whoever_closes_again_changes_nothing(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    assert close_session(school.session)
    written = MarkChange.objects.count()
    assert not close_session(school.session)
    assert decide_anew(school.session) == 0
    assert MarkChange.objects.count() == written == 4


def test_two_who_open_the_page_at_once_close_it_once(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    started = threading.Barrier(4)
    closed: list[bool] = []

    def visit() -> None:
        session = ClassSession.objects.get(pk=school.session.pk)
        started.wait()
        closed.append(close_if_due(session))
        connection.close()

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert sorted(closed) == [False, False, False, True]
    assert MarkChange.objects.count() == Mark.objects.count() == 4


def test_the_timer_closes_what_is_due_and_nothing_else(school: School, recognizer: RoomsRecognizer) -> None:
    now = timezone.now()
    running = school.meet(now - 30 * MINUTE)
    just_over = school.meet(now - 60 * MINUTE, minutes=50)
    cancelled = school.meet(NINE + timedelta(days=1), is_cancelled=True)
    assert close_due() == (1, 0)
    assert ClassSession.objects.get(closed_at__isnull=False) == school.session
    assert close_due() == (0, 0)
    assert not any(register(session) for session in (running, just_over, cancelled))


def test_a_register_that_cannot_be_closed_does_not_stop_the_others(school: School, portal_on_mariadb: Any) -> None:
    """A row that the database refuses: the fault is said, and the next one is closed."""
    other = school.meet(NINE + timedelta(days=1))
    name = portal_on_mariadb.name
    trigger = (
        f"CREATE TRIGGER {name}.refuse BEFORE INSERT ON {name}.mark FOR EACH ROW"
        f" IF NEW.session_id = {school.session.pk} THEN SIGNAL SQLSTATE '45000'; END IF"
    )
    portal_on_mariadb.server.execute(trigger)
    try:
        assert close_due() == (1, 1)
    finally:
        portal_on_mariadb.server.execute(f"DROP TRIGGER {name}.refuse")
    other.refresh_from_db()
    assert other.closed_at
    assert close_due() == (1, 0)
