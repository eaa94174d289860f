"""Exceptions, warnings and excuses on MariaDB, with the portal's shipped rights, beside recognizer and closing."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from portal.attendance.models import (
    ClearedException,
    DigestSubscriber,
    Excuse,
    RaisedWarning,
    Student,
    WarningRule,
    WarningText,
)
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark, mark_guest
from portal.attendance.services.digests import send_digests
from portal.attendance.services.exceptions import clear, withdraw
from portal.attendance.services.excuses import enter_excuses
from portal.attendance.services.warning_mails import send_warnings
from portal.attendance.services.warnings import evaluate_course, scan_changes, switch_rule
from tests.fixtures.mail_server import MailServer
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.one_answer.registers import at, register, watch
from tests.portal.school import NINE, School

DAY = timedelta(days=1)


def test_exceptions_are_found_cleared_and_taken_back(school: School, recognizer: RoomsRecognizer) -> None:
    watch(recognizer, school)
    visitor = Student.objects.create(number="V1", full_name="Otto Besucher")
    early, excused, doubtful, _ = school.students
    recognizer.evidence(school.session, early, at(1), at(20))
    recognizer.evidence(school.session, excused, at(1), at(48))
    recognizer.evidence(school.session, doubtful, at(1), at(48), is_confirmed=False)
    recognizer.evidence(school.session, visitor, at(2), at(48))
    enter_excuses(
        [Excuse(student=excused, first_day=school.session.day, last_day=school.session.day, reason="ill")], school.staff
    )
    close_session(school.session)
    school.session.refresh_from_db()

    def found() -> list[str]:
        return [each.kind.value for each in find_exceptions([school.session], school.lecturer, timezone.now())]

    assert found() == ["near", "excused", "left early", "visitor"]
    for each in find_exceptions([school.session], school.lecturer, timezone.now()):
        clear(each, school.lecturer)
    assert found() == []
    recognizer.evidence(school.session, early, at(1), at(30), camera="back")
    recognizer.evidence(school.session, visitor, at(3), at(49), camera="back")
    school.session.refresh_from_db()
    assert found() == ["visitor"]
    mark_guest(school.session, visitor, "sat in", school.staff)
    assert found() == ["corrected"]
    for cleared in ClearedException.objects.all():
        withdraw(cleared, school.staff)
    assert found() == ["near", "excused", "left early", "corrected"]


def test_a_warning_is_raised_mailed_withdrawn_and_mailed_again(
    school: School, recognizer: RoomsRecognizer, settings: Settings, mail_server: MailServer
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    student = school.students[0]
    Student.objects.filter(pk=student.pk).update(email="elodie@students.example", tutor_email="tutor@uni.example")
    sessions = [school.session, *(school.meet(NINE - number * DAY) for number in (1, 2))]
    for session in sessions:
        recognizer.sight(session.starts_at, session.ends_at)
    for each in school.students:
        recognizer.enrol(each, at(-10_000))
    scan_changes()
    for session in sessions:
        close_session(session)
    rule = WarningRule.objects.create(kind="in a row", number=3, to_tutor=True, made_by=school.staff)
    switch_rule(rule, is_on=True)
    WarningText.objects.create(name="student raised", subject="Hello", text="{warnings}")
    assert scan_changes() == 1
    assert RaisedWarning.objects.get().student == student, "the others have no address"
    assert send_warnings() == (2, 0)
    correct_mark(sessions[1], student, "present", "was there", school.lecturer)
    scan_changes()
    assert send_warnings() == (2, 0)
    assert [str(mail["Subject"]) for mail in mail_server.to("elodie@students.example")] == [
        "Hello",
        "Your attendance: a warning was wrong",
    ]
    evaluate_course(school.course)
    assert send_warnings() == (0, 0)
    DigestSubscriber.objects.create(account=school.lecturer)
    assert send_digests(NINE + timedelta(hours=10)) == 1
    assert send_digests(NINE + timedelta(hours=11)) == 0


def test_an_excuse_that_is_entered_while_the_register_is_closed_counts(
    school: School, recognizer: RoomsRecognizer, élodie: Student
) -> None:
    watch(recognizer, school)
    for number in range(1, 9):
        recognizer.sight(at(-30) - number * DAY, at(120) - number * DAY)
    for number in range(9):
        session = school.session if number == 0 else school.meet(NINE - number * DAY)
        day = session.starts_at.date()
        excuse = Excuse(student=élodie, course=school.course, first_day=day, last_day=day, reason="ill")
        line, faults = threading.Barrier(2), []

        def close(session=session, line=line, faults=faults) -> None:  # type: ignore[no-untyped-def]
            try:
                line.wait()
                close_session(session)
            except Exception as fault:
                faults.append(fault)
            finally:
                connection.close()

        other = threading.Thread(target=close)
        other.start()
        line.wait()
        enter_excuses([excuse], school.lecturer)
        other.join()
        assert faults == []
        assert register(session)["0042"] == "excused"
