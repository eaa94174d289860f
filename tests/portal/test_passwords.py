"""Changing a password, and getting a new one by mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from portal.accounts.models import Account, Attempt
from tests.fixtures.waiting import free_port

PASSWORD = "correct horse battery"
NEW = "staple of another kind"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether", title="Prof.")


def ask_for_link(client: Client, email: str) -> str | None:
    """The path of the link that was mailed, if one was."""
    mail.outbox.clear()
    answer = client.post("/account/password/reset/", {"email": email}, follow=True)
    assert "Look into your mail" in answer.text
    links = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body)) if mail.outbox else []
    return links[0] if links else None


def open_link(client: Client, link: str) -> Any:
    return client.get(link, follow=True)


def test_a_new_password_takes_the_old_one(client: Client, lecturer: Account) -> None:
    client.force_login(lecturer)
    wrong = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", wrong).status_code == 200
    answer = client.post("/account/password/", wrong | {"old_password": PASSWORD}, follow=True)
    assert "Your password is changed" in answer.text
    lecturer.refresh_from_db()
    assert lecturer.check_password(NEW)


def test_changing_the_password_ends_the_accounts_other_sessions(client: Client, lecturer: Account) -> None:
    elsewhere = Client()
    elsewhere.force_login(lecturer)
    client.force_login(lecturer)
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert client.get("/account/profile/").status_code == 200
    assert elsewhere.get("/account/profile/").status_code == 302


@pytest.mark.parametrize("weak", ["short", "1234567890", "password123", "emmy noether"])
def test_a_weak_password_is_refused(client: Client, lecturer: Account, weak: str) -> None:
    client.force_login(lecturer)
    client.post("/account/password/", {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak})
    lecturer.refresh_from_db()
    assert lecturer.check_password(PASSWORD)


def test_a_mailed_link_sets_a_password_once(client: Client, lecturer: Account) -> None:
    link = ask_for_link(client, "Emmy@Example.org")
    assert link
    [letter] = mail.outbox
    assert letter.to == ["emmy@example.org"]
    assert letter.subject == "Set a new password for Rollcall"
    assert "Hello Prof. Emmy Noether" in letter.body
    page = open_link(client, link)
    assert "Set a new password" in page.text
    done = client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Your password is set" in done.text
    lecturer.refresh_from_db()
    assert lecturer.check_password(NEW)
    assert "does not work any more" in open_link(Client(), link).text


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client: Client, lecturer: Account) -> None:
    assert ask_for_link(client, "nobody@example.org") is None


def test_who_may_not_sign_in_gets_no_link(client: Client, lecturer: Account) -> None:
    Account.objects.update(is_active=False)
    assert ask_for_link(client, lecturer.email) is None


def test_a_new_account_without_a_password_gets_one_by_mail(client: Client) -> None:
    Account.objects.create_user("new@example.org", name="New Lecturer")
    assert ask_for_link(client, "new@example.org")


def test_a_link_with_a_changed_letter_does_nothing(client: Client, lecturer: Account) -> None:
    link = ask_for_link(client, lecturer.email)
    assert link
    assert "does not work any more" in open_link(client, link.rstrip("/")[:-1] + "x/").text


def test_who_has_to_wait_gets_in_at_once_by_mail(client: Client, lecturer: Account) -> None:
    for _ in range(6):
        answer = client.post("/account/sign-in/", {"username": lecturer.email, "password": "wrong"})
    assert answer.status_code == 429
    assert "set a new password by mail" in answer.text
    link = ask_for_link(client, lecturer.email)
    assert link
    page = open_link(client, link)
    client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    assert not Attempt.objects.filter(kind="password").exists()
    assert client.post("/account/sign-in/", {"username": lecturer.email, "password": NEW}).status_code == 302


def test_who_has_set_a_password_by_mail_is_in_no_guessers_way_in_that_browser(
    client: Client, lecturer: Account
) -> None:
    page = open_link(client, ask_for_link(client, lecturer.email) or "")
    client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    for _ in range(7):
        Client().post("/account/sign-in/", {"username": lecturer.email, "password": "wrong"})
    assert client.post("/account/sign-in/", {"username": lecturer.email, "password": NEW}).status_code == 302


def test_a_mail_server_that_fails_is_one_line_of_the_log_and_the_same_answer(
    client: Client, lecturer: Account, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert ask_for_link(client, lecturer.email) is None
    [record] = caplog.records
    assert "see ROLLCALL_EMAIL_URL: the mail server failed ([Errno 111] Connection refused)" in record.message
    assert not record.exc_info
