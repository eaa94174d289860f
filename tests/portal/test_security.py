"""What every answer says to the browser, and what is open to who is not signed in."""

from __future__ import annotations

import re
import runpy

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from portal.accounts.models import Account
from tests.environment import ROOT

OPEN = ["/healthz", "/account/sign-in/", "/account/password/reset/", "/account/password/reset/sent/"]
CLOSED = ["/", "/records/", "/records.csv", "/account/profile/", "/account/password/", "/sessions/1/"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", OPEN)
def test_these_pages_ask_for_no_sign_in(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_every_other_page_asks_for_one(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.url.startswith("/account/sign-in/?next=/")


@pytest.mark.parametrize("path", ["/account/sign-in/", "/account/profile/", "/admin/", "/no/such/page"])
def test_every_answer_forbids_foreign_and_written_in_scripts_and_keeps_no_copy(client: Client, path: str) -> None:
    client.force_login(Account.objects.create_superuser("root@example.org", "x", name="Rita Root"))
    answer = client.get(path)
    policy = dict(rule.split(" ", 1) for rule in answer["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize(
    "path", ["/account/profile/", "/admin/", "/admin/attendance/course/add/", "/admin/accounts/account/add/"]
)
def test_no_page_needs_what_the_policy_forbids(client: Client, path: str) -> None:
    client.force_login(Account.objects.create_superuser("root@example.org", "x", name="Rita Root"))
    page = client.get(path).text
    assert not re.findall(r"<script(?![^>]*(?: src=| type=\"application/json\"))[^>]*>", page)
    assert not re.findall(r"<[^>]+ (?:style|on[a-z]+)=", page)
    assert "<style" not in page


def test_healthz_says_so_when_the_database_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise DatabaseError("secret host")

    monkeypatch.setattr(connection, "cursor", gone)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "secret host" not in answer.text


def in_service(monkeypatch: pytest.MonkeyPatch, settings: Settings, **rollcall: str) -> None:
    """Give Django what the settings say in this environment, as far as answers depend on it."""
    monkeypatch.delenv("ROLLCALL_PLAIN_HTTP", raising=False)
    for name, value in rollcall.items():
        monkeypatch.setenv(f"ROLLCALL_{name.upper()}", value)
    for name, value in runpy.run_path(str(ROOT / "portal" / "web" / "settings.py")).items():
        if name.startswith(("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_")) or name in ("BEHIND_PROXY", "PLAIN_HTTP"):
            setattr(settings, name, value)


def test_in_service_plain_http_is_sent_to_https(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    in_service(monkeypatch, settings)
    assert client.get("/account/sign-in/").url == "https://testserver/account/sign-in/"
    assert client.get("/healthz").status_code == 200


def test_in_service_cookies_and_the_browsers_memory_are_for_https(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    Account.objects.create_user("emmy@example.org", "correct horse battery", name="Emmy Noether")
    in_service(monkeypatch, settings)
    wanted = {"username": "emmy@example.org", "password": "correct horse battery"}
    answer = client.post("/account/sign-in/", wanted, secure=True)
    for name in ("__Host-sessionid", "__Host-csrftoken"):
        cookie = answer.cookies[name]
        assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"
        # Browsers refuse the name where these are otherwise.
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    # It ends with the browser.
    assert not answer.cookies["__Host-sessionid"]["max-age"]
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "upgrade-insecure-requests" in answer["Content-Security-Policy"]


def test_a_proxys_word_for_https_counts_only_when_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    in_service(monkeypatch, settings)
    assert client.get("/account/sign-in/", HTTP_X_FORWARDED_PROTO="https").status_code == 301
    in_service(monkeypatch, settings, behind_proxy="1")
    assert client.get("/account/sign-in/", HTTP_X_FORWARDED_PROTO="https").status_code == 200
