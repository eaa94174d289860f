"""Links for a new password: to their owner's mailbox alone, not too many, and told by no clock."""

from __future__ import annotations

import logging
import runpy
import threading
import time
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from portal.accounts import mailing
from portal.accounts.models import Account, Attempt
from tests.environment import ROOT

RESET = "/account/password/reset/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", "correct horse battery", name="Emmy Noether")


def ask(email: str, client: Client | None = None, address: str = "192.0.2.1") -> int:
    """How many mails are sent."""
    mail.outbox.clear()
    answer = (client or Client()).post(RESET, {"email": email}, REMOTE_ADDR=address)
    assert answer["Location"] == f"{RESET}sent/"
    return len(mail.outbox)


def test_three_links_an_hour_go_to_an_address_whoever_asks(lecturer: Account) -> None:
    other = Account.objects.create_user("ada@example.org", name="Ada Byron")
    assert [ask(lecturer.email, address=f"192.0.2.{number}") for number in range(5)] == [1, 1, 1, 0, 0]
    assert ask(other.email) == 1
    Attempt.objects.update(made_at=F("made_at") - timedelta(minutes=61))
    assert ask(lecturer.email) == 1


def test_whoever_goes_on_asking_keeps_nobody_from_a_link_for_good(lecturer: Account) -> None:
    """It is the way out for who cannot sign in because somebody is guessing."""
    ten_minutes = timedelta(minutes=10)
    sent = []
    for _ in range(24):
        sent.append(ask(lecturer.email))
        Attempt.objects.update(made_at=F("made_at") - ten_minutes)
    assert sum(sent) == 4 * 3, "three an hour"


def test_spellings_of_an_address_are_counted_together(lecturer: Account) -> None:
    assert [ask(spelled) for spelled in ("emmy@example.org", "EMMY@example.org", "Emmy@Example.Org") * 2] == [1] * 3 + [
        0
    ] * 3


def test_from_one_address_not_every_mailbox_can_be_filled(lecturer: Account) -> None:
    for number in range(60):
        Attempt.objects.create(kind="mail", email=f"name{number}@example.org", address="192.0.2.1")
    assert ask(lecturer.email) == 0
    assert ask(lecturer.email, address="192.0.2.2") == 1


class SlowMail(BaseEmailBackend):
    """A mail server that takes its time."""

    may_go_on = Event()

    def send_messages(self, messages: Any) -> int:
        assert self.may_go_on.wait(30)
        return len(messages)


def test_the_answer_waits_for_no_mail_server_so_no_clock_tells_whether_there_is_an_account(
    client: Client, lecturer: Account, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.accounts.views.send_beside", mailing.send_beside)
    settings.EMAIL_BACKEND = f"{__name__}.SlowMail"
    SlowMail.may_go_on.clear()
    for email in (lecturer.email, "nobody@example.org"):
        assert client.post(RESET, {"email": email}).status_code == 302
    assert [thread.name for thread in threading.enumerate()].count("mail") == 1
    SlowMail.may_go_on.set()
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join(30)


def test_known_and_unknown_accounts_ask_the_database_the_same(
    client: Client, lecturer: Account, django_assert_num_queries: Any
) -> None:
    client.get(RESET)
    counts = []
    for email in (lecturer.email, "nobody@example.org"):
        begun = time.monotonic()
        with django_assert_num_queries(4):
            client.post(RESET, {"email": email})
        counts.append(time.monotonic() - begun)
    assert len(counts) == 2


def settings_with(monkeypatch: pytest.MonkeyPatch, **rollcall: str) -> dict[str, Any]:
    for name in ("PLAIN_HTTP", "EMAIL_URL"):
        monkeypatch.delenv(f"ROLLCALL_{name}", raising=False)
    for name, value in rollcall.items():
        monkeypatch.setenv(f"ROLLCALL_{name.upper()}", value)
    return runpy.run_path(str(ROOT / "portal" / "web" / "settings.py"))


@pytest.mark.parametrize("rollcall", [{}, {"email_url": "console:"}])
def test_in_service_no_link_stands_in_the_log(
    client: Client,
    lecturer: Account,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    rollcall: dict[str, str],
) -> None:
    settings.EMAIL_BACKEND = settings_with(monkeypatch, **rollcall)["EMAIL_BACKEND"]
    page = client.get(RESET)
    assert "This portal has no mail server" in page.text
    assert client.post(RESET, {"email": lecturer.email}).status_code == 302
    said = "".join([*capfd.readouterr(), caplog.text])
    assert "a mail was not sent: ROLLCALL_EMAIL_URL names no mail server" in said
    assert RESET not in said.replace(f"POST {RESET}", "")
    assert "follow this link" not in said.lower()


def test_a_demo_over_plain_http_prints_its_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with(monkeypatch, plain_http="1")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.fixture(autouse=True)
def _warnings_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
