"""Signing in and out, and what happens to who guesses passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import identify_hasher, make_password
from django.db.models import F
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

import portal.web.settings
from portal.accounts.models import Account

PASSWORD = "correct horse battery"
SIGN_IN = "/account/sign-in/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("Emmy@Example.org", PASSWORD, name="Emmy Noether")


def attempt(client: Client, email: str = "emmy@example.org", password: str = "wrong", **headers: str) -> Any:
    return client.post(SIGN_IN, {"username": email, "password": password}, **headers)


@pytest.mark.parametrize("typed", ["emmy@example.org", "EMMY@Example.ORG", "  Emmy@example.org "])
def test_the_address_may_be_typed_in_any_case(client: Client, lecturer: Account, typed: str) -> None:
    answer = attempt(client, typed, PASSWORD)
    assert answer.status_code == 302
    assert answer.url == reverse("lecturer:today")
    assert client.session["_auth_user_id"] == str(lecturer.pk)


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, lecturer: Account) -> None:
    asked = client.get("/records/?course=3", follow=False)
    assert asked.status_code == 302
    answer = client.post(asked.url, {"username": lecturer.email, "password": PASSWORD, "next": "/records/?course=3"})
    assert answer.url == "/records/?course=3"


def test_signing_in_never_leads_to_another_site(client: Client, lecturer: Account) -> None:
    wanted = {"username": lecturer.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(SIGN_IN, wanted).url == reverse("lecturer:today")


@pytest.mark.parametrize(("email", "password"), [("emmy@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_look_the_same(
    client: Client, lecturer: Account, email: str, password: str
) -> None:
    answer = attempt(client, email, password)
    assert answer.status_code == 200
    assert "do not belong together" in answer.text
    assert "_auth_user_id" not in client.session


def test_who_may_not_sign_in_any_more_cannot(client: Client, lecturer: Account) -> None:
    Account.objects.filter(pk=lecturer.pk).update(is_active=False)
    assert attempt(client, password=PASSWORD).status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_out_takes_a_post(client: Client, lecturer: Account) -> None:
    client.force_login(lecturer)
    assert client.get("/account/sign-out/").status_code == 405
    assert client.post("/account/sign-out/").url == reverse("accounts:sign_in")
    assert "_auth_user_id" not in client.session


def test_in_service_passwords_are_kept_as_argon2(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = portal.web.settings.PASSWORD_HASHERS
    assert identify_hasher(make_password(PASSWORD)).algorithm == "argon2"


def lock_out(client: Client, **headers: str) -> None:
    for case in (str.lower, str.upper, str.title, str.lower, str.upper):
        answer = attempt(client, case("emmy@example.org"), **headers)
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text


def test_repeated_failures_lock_the_account_out_where_they_came_from(client: Client, lecturer: Account) -> None:
    lock_out(client, REMOTE_ADDR="10.0.0.66")
    assert attempt(client, password=PASSWORD, REMOTE_ADDR="10.0.0.66").status_code == 429
    assert "15 minutes" in attempt(client, REMOTE_ADDR="10.0.0.66").text


def test_an_outsider_cannot_lock_a_lecturer_out(client: Client, lecturer: Account) -> None:
    lock_out(client, REMOTE_ADDR="10.0.0.66")
    assert attempt(client, password=PASSWORD, REMOTE_ADDR="10.0.0.1").status_code == 302


def test_a_lock_out_ends_by_itself_even_while_somebody_goes_on_guessing(client: Client, lecturer: Account) -> None:
    lock_out(client)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=10))
    assert attempt(client).status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=6))
    assert attempt(client, password=PASSWORD).status_code == 302


def test_a_sign_in_forgets_the_failures_before_it(client: Client, lecturer: Account) -> None:
    for _ in range(4):
        attempt(client)
    attempt(client, password=PASSWORD)
    client.post("/account/sign-out/")
    assert attempt(client).status_code == 200


def test_behind_a_proxy_its_word_for_the_address_counts_and_no_other(
    client: Client, lecturer: Account, settings
) -> None:
    settings.BEHIND_PROXY = True
    lock_out(client, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 10.0.0.66")
    again = {"REMOTE_ADDR": "127.0.0.1", "password": PASSWORD}
    assert attempt(client, **again, HTTP_X_FORWARDED_FOR="2.2.2.2, 10.0.0.66").status_code == 429
    assert attempt(client, **again, HTTP_X_FORWARDED_FOR="10.0.0.66, 10.0.0.1").status_code == 302


def test_without_a_proxy_nobody_can_choose_an_address(client: Client, lecturer: Account) -> None:
    lock_out(client, REMOTE_ADDR="10.0.0.66")
    answer = attempt(client, password=PASSWORD, REMOTE_ADDR="10.0.0.66", HTTP_X_FORWARDED_FOR="10.0.0.1")
    assert answer.status_code == 429


def test_no_password_that_was_tried_is_kept(client: Client, lecturer: Account) -> None:
    attempt(client, password="my-bank-password")
    kept = AccessAttempt.objects.get()
    assert "my-bank-password" not in f"{kept.get_data} {kept.post_data} {kept.username}"
