"""Somebody reads the portal in their own language."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.accounts.models import Account
from tests.portal.test_profile import PASSWORD, PROFILE, profile

SIGN_IN, CHOOSE = "/account/sign-in/", "/account/language/"

pytestmark = pytest.mark.django_db


def language_of_page(client: Client, asked: str = "", path: str = SIGN_IN) -> str:
    answer = client.get(path, headers={"Accept-Language": asked})
    assert f'<html lang="{answer.headers["Content-Language"]}">' in answer.text
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    return str(answer.headers["Content-Language"])


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("de-CH, en;q=0.5", "de"), ("it, fr-CA;q=0.7", "fr"), ("en-US", "en"), ("ar", "en"), ("", "en")],
)
def test_a_page_is_in_the_first_language_of_the_browser_that_the_portal_speaks(
    client: Client, asked: str, shown: str
) -> None:
    assert language_of_page(client, asked) == shown


def test_where_the_browser_asks_for_none_of_them_it_is_the_institutions(client: Client, settings: object) -> None:
    settings.INSTITUTION_LANGUAGE = "fr"  # type: ignore[attr-defined]
    assert language_of_page(client, "ar, he") == "fr"
    assert language_of_page(client, "en") == "en"


def test_who_is_not_signed_in_chooses_one_for_this_browser(client: Client) -> None:
    answer = client.post(CHOOSE, {"language": "fr", "next": "/account/password/reset/"})
    assert answer.headers["Location"] == "/account/password/reset/"
    assert language_of_page(client, "de") == "fr"


def test_a_language_that_the_portal_does_not_speak_changes_nothing_and_leads_to_no_other_host(client: Client) -> None:
    answer = client.post(CHOOSE, {"language": "tlh", "next": "https://example.org/"})
    assert answer.headers["Location"] == SIGN_IN
    assert language_of_page(client, "de") == "de"


def test_the_language_of_the_profile_goes_before_every_other(client: Client) -> None:
    account = Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")
    client.force_login(account)
    client.post(CHOOSE, {"language": "fr"})
    client.post(PROFILE, profile(language="de"))
    assert language_of_page(client, "en", PROFILE) == "de"
    client.post(PROFILE, profile())
    assert language_of_page(client, "en", PROFILE) == "fr"
