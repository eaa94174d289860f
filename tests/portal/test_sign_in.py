"""Signing in and out, and what happens to who guesses passwords."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

import portal.web.settings
from portal.accounts.models import Account, Attempt

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


def test_no_password_that_was_tried_is_kept(client: Client, lecturer: Account) -> None:
    attempt(client, password="my-bank-password")
    kept = Attempt.objects.values().get()
    assert kept["email"] == "emmy@example.org"
    assert "my-bank-password" not in str(kept)
