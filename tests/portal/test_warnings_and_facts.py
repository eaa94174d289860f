"""Warnings: they reach whom they are about and nobody else, and follow every fact that makes them right or wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from portal.attendance.models import ClassSession, CourseRules, Mark, RaisedWarning, RosterEntry, WarningMail
from portal.attendance.queries.exceptions import find_exceptions
from portal.attendance.services import exceptions
from portal.attendance.services.closing import close_session
from portal.attendance.services.rosters import apply_roster_to_held_sessions
from portal.attendance.services.timetable import change_session
from portal.attendance.services.warning_mails import send_warnings
from portal.attendance.services.warnings import evaluate_course
from tests.fixtures.mail_server import MailServer
from tests.portal.school import School
from tests.portal.test_warnings import NOW, body, client_of, hold, rule, school, words

pytestmark = pytest.mark.django_db
__all__ = ["school"]


def say_absent(school: School, sessions: list[ClassSession]) -> None:
    """Let a person have said so: what a class session's register then decides by itself changes no such mark."""
    Mark.objects.filter(session__in=sessions, status="absent").update(source="lecturer", marked_by=school.lecturer)


def test_two_students_of_one_address_are_told_apart(school: School, mail_server: MailServer) -> None:
    for student in school.students[1:3]:
        student.email = "family@students.example"
        student.save()
    rule(school, "in a row", 3)
    hold(school, school.students[1], "AAA")
    hold(school, school.students[2], "PAAA")
    evaluate_course(school.course)
    assert send_warnings() == (2, 0)
    grace, eileen = sorted((body(mail) for mail in mail_server.mails), key=lambda text: "Dear Eileen" in text)
    assert grace.startswith("Dear Grace Hopper,")
    assert "26 October" not in grace
    assert eileen.startswith("Dear Eileen Collins,")
    assert " 5 October" not in eileen


def test_who_has_left_the_course_is_warned_of_it_no_more(school: School, mail_server: MailServer) -> None:
    left, here = school.students[1:3]
    RosterEntry.objects.filter(student=left).update(until=date(2026, 11, 1))
    for student in (left, here):
        hold(school, student, "AAA")
    made = rule(school, "in a row", 3)
    shown = words(client_of(school.lecturer).get(f"/warnings/{made.pk}/").text)
    assert "Eileen Collins" in shown
    assert "Grace Hopper" not in shown
    evaluate_course(school.course)
    send_warnings()
    assert [mail["To"] for mail in mail_server.mails] == ["eileen@students.example"]
    RosterEntry.objects.create(student=left, course=school.course, since=date(2026, 11, 20))
    evaluate_course(school.course)
    assert RaisedWarning.objects.filter(student=left).exists(), "who is back is warned again"


def test_a_cancelled_class_session_withdraws_the_warning_and_called_back_it_warns_again(school: School) -> None:
    rule(school, "in a row", 3)
    sessions = hold(school, school.students[1], "AAA")
    say_absent(school, sessions)
    evaluate_course(school.course)
    client, address = client_of(school.lecturer), f"/sessions/{sessions[1].pk}/cancel/"
    for is_cancelled, number in ((True, 0), (False, 1)):
        revision = ClassSession.objects.get(pk=sessions[1].pk).revision
        client.post(address, {"shown": revision, "cancelled": "1" if is_cancelled else "0"})
        assert ClassSession.objects.get(pk=sessions[1].pk).is_cancelled is is_cancelled
        assert RaisedWarning.objects.filter(is_open=True).count() == number


def test_a_changed_rule_of_the_course_is_followed_at_once(school: School) -> None:
    rule(school, "below", 75)
    hold(school, school.students[1], "PPPAA")
    evaluate_course(school.course)
    assert RaisedWarning.objects.filter(is_open=True).count() == 1
    client, address = client_of(school.lecturer), f"/courses/{school.course.pk}/rules/"
    form = {"free_absences": "2"}
    (seen,) = re.findall(r'name="seen" value="(\w+)"', client.post(address, form).text)
    client.post(address, form | {"seen": seen})
    assert CourseRules.objects.get(course=school.course).free_absences == 2
    assert not RaisedWarning.objects.filter(is_open=True).exists()


@pytest.mark.parametrize("least", [0, 30], ids=["left early", "left early, and hardly there"])
def test_who_left_early_and_was_cleared_is_warned_of_it_no_more(school: School, least: int) -> None:
    rule(school, "left early", 1)
    CourseRules.objects.create(course=school.course, least_minutes=least)
    school.watch()
    school.enrol()
    school.notice(school.students[1], 1, 20)
    close_session(school.session)
    school.session.refresh_from_db()
    evaluate_course(school.course)
    assert RaisedWarning.objects.filter(is_open=True).count() == 1
    (found,) = find_exceptions([school.session], school.lecturer, NOW)
    cleared = exceptions.clear(found, school.lecturer)
    assert not RaisedWarning.objects.filter(is_open=True).exists()
    exceptions.withdraw(cleared, school.lecturer)
    assert RaisedWarning.objects.filter(is_open=True).count() == 1


def test_held_registers_that_follow_the_roster_are_followed(school: School) -> None:
    rule(school, "in a row", 3)
    student = school.students[1]
    say_absent(school, hold(school, student, "AAA"))
    evaluate_course(school.course)
    RosterEntry.objects.filter(student=student).update(since=date(2026, 10, 12))
    apply_roster_to_held_sessions(school.course, [student])
    assert not RaisedWarning.objects.filter(is_open=True).exists()


def test_a_class_session_whose_time_is_corrected_warns_nobody_a_second_time(
    school: School, mail_server: MailServer
) -> None:
    rule(school, "in a row", 3)
    rule(school, "below", 75, after_sessions=3)
    sessions = hold(school, school.students[1], "AAA")
    say_absent(school, sessions)
    evaluate_course(school.course)
    send_warnings()
    assert len(mail_server.mails) == 1
    for session in (sessions[0], sessions[-1]):
        later = timedelta(minutes=15)
        change_session(session, starts_at=session.starts_at + later, ends_at=session.ends_at + later)
        evaluate_course(school.course)
    send_warnings()
    send_warnings()
    assert len(mail_server.mails) == 1


def test_who_has_no_address_is_not_told_to_have_been_warned_and_is_warned_once_there_is_one(
    school: School, mail_server: MailServer
) -> None:
    student = school.students[1]
    student.email = ""
    student.save()
    made = rule(school, "in a row", 3)
    hold(school, student, "AAA")
    evaluate_course(school.course)
    page = words(client_of(school.lecturer).get(f"/warnings/{made.pk}/").text)
    assert "no e-mail address" in page
    assert "Warned already." not in page
    student.email = "grace@students.example"
    student.save()
    for _ in range(2):
        evaluate_course(school.course)
        send_warnings()
    assert [mail["To"] for mail in mail_server.mails] == ["grace@students.example"]


def test_a_mail_that_has_to_wait_goes_to_who_is_meant_then(school: School, mail_server: MailServer) -> None:
    rule(school, "in a row", 3, to_lecturers=True)
    grace, gone = school.students[1:3]
    for student in (grace, gone):
        hold(school, student, "AAA")
    mail_server.refused |= {"grace@students.example", "eileen@students.example", "adjei@uni.example"}
    evaluate_course(school.course)
    assert send_warnings() == (0, 3)
    mail_server.refused.clear()
    WarningMail.objects.update(claimed_until=None)
    grace.email, gone.is_active = "hopper@students.example", False
    grace.save()
    gone.save()
    school.course.lecturers.set([school.other])
    assert send_warnings() == (1, 0)
    assert [mail["To"] for mail in mail_server.mails] == ["hopper@students.example"]
