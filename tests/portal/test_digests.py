"""The mail at the day's end: to whoever has asked for it, once a day, with what needs them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from portal.attendance.models import DigestSubscriber
from portal.attendance.services.closing import check_register, close_session
from portal.attendance.services.digests import send_digests
from tests.fixtures.mail_server import MailServer
from tests.portal.school import NINE, School, found_school

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SIX = NINE + 9 * HOUR


@pytest.fixture
def school(settings: Settings, mail_server: MailServer) -> School:
    """The lecturer has asked for it; one student left early, and nobody has checked the register."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    school = found_school()
    school.watch()
    school.enrol()
    school.notice(school.students[1], 1, 20)
    client = Client()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/exceptions/digest/", {"on": "1"})
    return school


def send(*moments: datetime) -> list[int]:
    return [send_digests(moment) for moment in moments]


def test_what_needs_the_lecturer_is_mailed_once_in_the_evening(school: School, mail_server: MailServer) -> None:
    close_session(school.session, NINE + 2 * HOUR)
    assert send(SIX - HOUR, SIX, SIX + HOUR) == [0, 1, 0]
    (mail,) = mail_server.to("adjei@uni.example")
    assert mail["Subject"] == "Monday: 1 thing to settle"
    text = mail.get_content().replace("\r\n", "\n")
    assert "CSC 301, 09:00, Lecture Theatre 1: not checked yet\n  - Left early: Grace Hopper" in text
    assert send(SIX + 24 * HOUR) == [0], "the next day has no class session"


def test_it_waits_for_a_register_that_is_open_and_says_nothing_where_nothing_needs_anybody(
    school: School, mail_server: MailServer
) -> None:
    evening = school.meet(SIX - HOUR / 2)
    close_session(school.session, NINE + 2 * HOUR)
    assert send(SIX) == [0]
    close_session(evening, SIX + 2 * HOUR)
    assert send(SIX + 2 * HOUR) == [1]
    DigestSubscriber.objects.update(last_day=None)
    school.students[1].evidence.all().delete()
    for session in (school.session, evening):
        session.marks.update(status="absent", source="closing", first_seen_at=None, last_seen_at=None, because="")
        check_register(session, school.lecturer)
    assert send(SIX + 3 * HOUR) == [0]
    assert len(mail_server.mails) == 1


def test_a_server_that_is_away_is_asked_again(school: School, mail_server: MailServer) -> None:
    close_session(school.session, NINE + 2 * HOUR)
    mail_server.refused.add("adjei@uni.example")
    assert send(SIX) == [0]
    mail_server.refused.clear()
    assert send(SIX + HOUR / 30, SIX + HOUR, SIX + 2 * HOUR) == [0, 1, 0]


def test_whoever_has_not_asked_gets_none(school: School, mail_server: MailServer) -> None:
    close_session(school.session, NINE + 2 * HOUR)
    client = Client()
    client.force_login(school.lecturer, backend="django.contrib.auth.backends.ModelBackend")
    assert "No more mails in the evening" in client.get("/exceptions/?since=term").text
    client.post("/exceptions/digest/", {"on": "0"})
    assert send(SIX) == [0]
    assert mail_server.mails == []


def test_of_a_register_that_closes_in_the_readers_night_the_mail_follows_the_next_day(
    school: School, mail_server: MailServer
) -> None:
    close_session(school.session, NINE + 2 * HOUR)
    DigestSubscriber.objects.update(last_day=NINE.date() - timedelta(days=1))
    night = school.meet(NINE + 14 * HOUR + HOUR / 2)
    assert send(SIX, NINE + 14 * HOUR + HOUR / 2) == [0, 0]
    close_session(night, NINE + 16 * HOUR)
    assert send(NINE + 16 * HOUR, NINE + 17 * HOUR, SIX + 24 * HOUR) == [1, 0, 0]
    assert str(mail_server.mails[0]["Subject"]).startswith("Monday")
