"""Signing in with the institution's account, at a real provider on this machine."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from portal.accounts.invitations import invite
from portal.accounts.merging import merge
from portal.accounts.models import Account, OfficialChange, ProviderIdentity, Reading
from portal.accounts.single_sign_on import provider as speaking
from portal.accounts.single_sign_on.matching import follow_groups
from portal.web.single_sign_on import SingleSignOn, single_sign_on
from tests.fixtures.provider import Provider

PASSWORD = "correct horse battery"
EMMY = {"email": "emmy@example.org", "email_verified": True}

pytestmark = pytest.mark.django_db


@pytest.fixture
def chosen(provider: Provider, settings: Settings) -> SingleSignOn:
    environ = {
        "ROLLCALL_OIDC_ISSUER": provider.issuer,
        "ROLLCALL_OIDC_CLIENT_ID": "rollcall",
        "ROLLCALL_OIDC_CLIENT_SECRET": "secret",
        "ROLLCALL_OIDC_NAME": "your university account",
        "ROLLCALL_OIDC_REGISTRAR_GROUPS": "registry, deans",
        "ROLLCALL_OIDC_ADMINISTRATOR_GROUPS": "rollcall-admins",
        "ROLLCALL_OIDC_MATCH_EMAIL": "1",
    }
    settings.SINGLE_SIGN_ON = found = single_sign_on(may_be_plain=True, environ=environ)
    assert found
    return found


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")


def is_signed_in(client: Client) -> bool:
    return client.get("/account/profile/").status_code == 200


def test_the_provider_lets_in_whose_verified_address_it_is_and_afterwards_goes_by_its_own_name_for_them(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn
) -> None:
    provider.enter("e-1", **EMMY)
    assert "Sign in with your university account" in client.get("/account/sign-in/?next=/records/").text
    answer: Any = provider.let_in(client, "e-1", "/account/provider/?next=/records/")
    assert answer.url == "/records/"
    assert is_signed_in(client)
    assert Reading.objects.get(act="sign_in").reader_email == lecturer.email
    assert OfficialChange.objects.get(field="single sign-on").new == "connected with e-1"
    # The address is somebody else's by now: the name stays.
    provider.enter("e-1", email="noether@example.org", email_verified=True)
    other = Client()
    provider.let_in(other, "e-1")
    assert other.get("/account/profile/").context["user"] == lecturer


def test_the_question_carries_state_nonce_and_pkce(client: Client, provider: Provider, chosen: SingleSignOn) -> None:
    asked = parse_qs(urlsplit(client.get("/account/provider/").headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert len(asked["state"][0]) >= 20
    assert len(asked["nonce"][0]) >= 20
    assert asked["redirect_uri"] == ["http://testserver/account/provider/back/"]


@pytest.mark.parametrize("trick", ["no state", "another's state", "twice", "nonce", "verifier", "no code", "error"])
def test_an_answer_to_a_question_that_this_browser_did_not_ask_signs_nobody_in(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn, trick: str
) -> None:
    provider.enter("e-1", **EMMY)
    back = provider.sign_in(client.get("/account/provider/").headers["Location"], "e-1")
    browser = client
    if trick == "no state":
        back = re.sub(r"state=[^&]+", "", back)
    elif trick == "another's state":
        browser = Client()
        browser.get("/account/provider/")
    elif trick == "twice":
        client.get(back)
        client.post("/account/sign-out/")
    elif trick in ("nonce", "verifier"):
        session = client.session
        (key,) = (name for name in dict(session) if name.startswith("_state_"))
        kept = {"nonce": "nonce", "verifier": "code_verifier"}[trick]
        assert kept in session[key]["data"]
        session[key] = session[key] | {"data": session[key]["data"] | {kept: "a" * 48}}
        session.save()
    elif trick == "no code":
        back = re.sub(r"code=[^&]+", "code=x", back)
    else:
        back = re.sub(r"code=[^&]+", "error=access_denied", back)
    answer = browser.get(back)
    assert answer.status_code in (400, 502)
    assert "Not signed in" in answer.text
    assert not is_signed_in(browser)


@pytest.mark.parametrize("claims", [{}, {"email": "emmy@example.org"}, EMMY | {"email_verified": False}, EMMY])
def test_an_address_that_is_not_verified_or_not_to_be_believed_opens_no_account(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn, settings: Settings, claims: Any
) -> None:
    if claims == EMMY:
        settings.SINGLE_SIGN_ON = replace(chosen, matches_email=False)
    provider.enter("e-2", **claims)
    answer: Any = provider.let_in(client, "e-2")
    assert answer.status_code == 403
    assert "Rollcall has no account that is yours" in answer.text
    assert "e-2" in answer.text
    assert not is_signed_in(client)


def test_an_account_is_not_given_to_who_has_the_address_of_its_owner_later(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn
) -> None:
    for subject in ("first", "First"):
        provider.enter(subject, **EMMY)
    provider.let_in(client, "first")
    answer: Any = provider.let_in(Client(), "First")
    assert answer.status_code == 403
    assert ProviderIdentity.objects.get().subject == "first"


def test_who_may_not_sign_in_any_more_does_not_by_the_provider(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn
) -> None:
    provider.enter("e-1", **EMMY)
    Account.objects.filter(pk=lecturer.pk).update(is_active=False)
    answer: Any = provider.let_in(client, "e-1")
    assert answer.status_code == 403
    assert "may not sign in any more" in answer.text


def test_roles_follow_the_groups_at_each_sign_in(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn
) -> None:
    Account.objects.create_superuser("root@example.org", name="Rita Root")
    for groups, role in (
        (["staff", "deans"], "Registrar"),
        (["rollcall-admins"], "Administrator"),
        ("registry", "Registrar"),
        (["staff"], "Lecturer"),
        ({"deans": True}, "Lecturer"),
        (["deans", 7], "Registrar"),
        (7, "Lecturer"),
        (None, "Lecturer"),
    ):
        provider.enter("e-1", **EMMY, groups=groups)
        provider.let_in(Client(), "e-1")
        lecturer.refresh_from_db()
        assert lecturer.role == role, groups
    changes = OfficialChange.objects.filter(field="is_superuser").order_by("pk")
    assert [change.new for change in changes] == ["True", "False"]


def test_the_last_administrator_stays_one_whatever_the_groups(lecturer: Account, chosen: SingleSignOn) -> None:
    lecturer.is_staff = lecturer.is_superuser = True
    lecturer.save()
    follow_groups(chosen, {"groups": ["registry"]}, lecturer)
    lecturer.refresh_from_db()
    assert lecturer.role == "Administrator"


def test_a_role_without_groups_is_kept_by_hand(lecturer: Account, chosen: SingleSignOn) -> None:
    lecturer.is_staff = lecturer.is_superuser = True
    lecturer.save()
    follow_groups(replace(chosen, administrator_groups=frozenset()), {"groups": []}, lecturer)
    assert lecturer.role == "Administrator"
    none = replace(chosen, administrator_groups=frozenset(), registrar_groups=frozenset())
    follow_groups(none, {"groups": []}, lecturer)
    assert (lecturer.is_staff, lecturer.is_superuser) == (True, True)


def test_the_owner_connects_an_account_and_an_administrator_disconnects_it(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn, settings: Settings
) -> None:
    settings.SINGLE_SIGN_ON = replace(chosen, matches_email=False)
    root = Account.objects.create_superuser("root@example.org", PASSWORD, name="Rita Root")
    client.post("/account/sign-in/", {"username": lecturer.email, "password": PASSWORD})
    assert "Go on" in client.post("/account/provider/connect/", {"act": "connect"}).text
    answer: Any = provider.let_in(client, "own-name")
    assert answer.url == "/account/profile/"
    assert "can be signed in to with your university account" in mail.outbox[-1].body
    other = Client()
    provider.let_in(other, "own-name")
    assert is_signed_in(other)
    keeper = Client()
    keeper.force_login(root)
    assert "own-name" in keeper.get(f"/people/{lecturer.pk}/").text
    keeper.post(f"/people/{lecturer.pk}/provider/")
    assert not is_signed_in(other)
    answer = provider.let_in(Client(), "own-name")
    assert answer.status_code == 403


def test_who_has_two_accounts_is_disconnected_from_both_and_neither_is_given_to_somebody_else(
    lecturer: Account, provider: Provider, chosen: SingleSignOn
) -> None:
    other = Account.objects.create_user("noether@example.org", PASSWORD, name="Emmy Noether")
    provider.enter("e-1", email=other.email, email_verified=True)
    provider.let_in(Client(), "e-1")
    merge(other, lecturer)
    browser = Client()
    provider.let_in(browser, "e-1")
    assert browser.get("/account/profile/").context["identity"].subject == "e-1"
    provider.enter("e-2", **EMMY)
    refused: Any = provider.let_in(Client(), "e-2")
    assert refused.status_code == 403
    keeper = Client()
    keeper.force_login(Account.objects.create_superuser("root@example.org", PASSWORD, name="Rita Root"))
    keeper.post(f"/people/{lecturer.pk}/provider/")
    assert not is_signed_in(browser)
    assert not ProviderIdentity.objects.exists()


def test_without_the_owners_word_nothing_is_connected(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn, settings: Settings
) -> None:
    settings.SINGLE_SIGN_ON = replace(chosen, matches_email=False)
    client.force_login(lecturer)
    assert client.post("/account/provider/connect/").url.startswith("/account/confirm/")  # type: ignore[attr-defined]
    provider.let_in(client, "attacker")
    assert not ProviderIdentity.objects.exists()


def test_with_local_passwords_off_the_provider_is_the_only_way(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn, settings: Settings
) -> None:
    by_password = Client()
    by_password.post("/account/sign-in/", {"username": lecturer.email, "password": PASSWORD})
    settings.SINGLE_SIGN_ON = replace(chosen, is_only_way=True)
    assert by_password.get("/").url == "/account/sign-in/?next=/"  # type: ignore[attr-defined]
    page = client.get("/account/sign-in/").text
    assert "Sign in with your university account" in page
    assert 'type="password"' not in page
    assert "Forgotten" not in page
    assert client.post("/account/sign-in/", {"username": lecturer.email, "password": PASSWORD}).status_code == 404
    for address in ("password/reset/", "password/reset/sent/", "password/reset/a/b/", "invitation/a/b/"):
        assert client.get(f"/account/{address}").status_code == 404, address
    provider.enter("e-1", **EMMY)
    provider.let_in(client, "e-1")
    profile = client.get("/account/profile/").text
    assert "current_password" not in profile
    assert 'name="email"' not in profile
    assert client.get("/account/password/").status_code == 404
    assert client.post("/account/profile/", {"time_zone": "UTC"}).status_code == 302
    lecturer.refresh_from_db()
    assert lecturer.email == "emmy@example.org"
    invite(lecturer, "https://rollcall.example/")
    assert "https://rollcall.example/account/sign-in/" in mail.outbox[-1].body
    assert "password" not in mail.outbox[-1].body


def test_a_second_factor_is_the_providers_business(
    client: Client, lecturer: Account, provider: Provider, chosen: SingleSignOn, settings: Settings
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    provider.enter("e-1", **EMMY, groups=["registry"])
    provider.let_in(client, "e-1")
    assert client.get("/admin/").status_code == 200


def test_a_provider_that_fails_is_told_and_nobody_is_signed_in(
    client: Client, provider: Provider, chosen: SingleSignOn, settings: Settings
) -> None:
    for issuer in ("http://127.0.0.1:9", f"{provider.issuer}/", f"{provider.issuer}/jwks"):
        settings.SINGLE_SIGN_ON = replace(chosen, issuer=issuer)
        answer = client.get("/account/provider/")
        assert answer.status_code == 502, issuer
        assert "does not answer as it should" in answer.text


@pytest.mark.parametrize("signed_by", ["HS256", "none"])
def test_a_token_that_others_could_have_signed_is_not_asked_for(
    provider: Provider, chosen: SingleSignOn, signed_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = speaking._make_client(chosen)
    client.load_server_metadata()["id_token_signing_alg_values_supported"] = [signed_by, "RS256"]
    assert speaking._client(chosen).server_metadata["id_token_signing_alg_values_supported"] == ["RS256"]


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"ROLLCALL_OIDC_ONLY": "1"}, "ROLLCALL_OIDC_ISSUER"),
        ({"ROLLCALL_OIDC_ISSUER": "http://idp.example"}, "https://"),
        ({"ROLLCALL_OIDC_ISSUER": "idp.example"}, "https://"),
        (
            {"ROLLCALL_OIDC_ISSUER": "https://idp.example", "ROLLCALL_OIDC_CLIENT_ID": "x"},
            "ROLLCALL_OIDC_CLIENT_SECRET",
        ),
    ],
)
def test_half_a_provider_is_refused_in_words(environ: dict[str, str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        single_sign_on(may_be_plain=False, environ=environ)
    assert single_sign_on(may_be_plain=False, environ={}) is None
