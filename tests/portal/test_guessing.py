"""Passwords are guessed, from elsewhere and from the next desk: the guesser waits, and lecturers get in."""

from __future__ import annotations

import ast
import http.cookiejar
import math
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from portal.accounts import limits
from portal.accounts.limits import forget_old
from portal.accounts.models import Account, Attempt
from tests.environment import ROOT
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import few, only_long
from tests.fixtures.portal_database import connected_to

PASSWORD = "correct horse battery"
SIGN_IN = "/account/sign-in/"
CAMPUS = "192.0.2.10"
ELSEWHERE = "198.51.100.66"

pytestmark = pytest.mark.django_db


@pytest.fixture
def lecturers() -> list[Account]:
    return [
        Account.objects.create_user(f"lecturer{number}@uni.example", PASSWORD, name=f"Lecturer {number}")
        for number in range(40)
    ]


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")


class Clock:
    """Stands still but for ``later``."""

    def __init__(self) -> None:
        self.at = timezone.now()

    def now(self) -> datetime:
        return self.at

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits, "timezone", clock)
    return clock


NEW_BROWSER = Client()
"""Made once: a client takes long to make."""


def attempt(email: str, password: str = "wrong", client: Client | None = None, address: str = ELSEWHERE) -> Any:
    """Try a password, in a browser that nobody has used before unless one is given."""
    NEW_BROWSER.cookies.clear()
    return (client or NEW_BROWSER).post(SIGN_IN, {"username": email, "password": password}, REMOTE_ADDR=address)


def guess(email: str, times: int = 20, address: str = ELSEWHERE) -> Counter[int]:
    """Which statuses answer that many wrong passwords, one right after the other."""
    return Counter(attempt(email, f"guess {number}", address=address).status_code for number in range(times))


@pytest.mark.parametrize("address", few([CAMPUS, ELSEWHERE]))
def test_forty_lecturers_behind_one_address_get_in_while_a_guesser_does_not(
    lecturers: list[Account], address: str
) -> None:
    victim = Account.objects.create_user("victim@uni.example", PASSWORD, name="Victim")
    assert guess(victim.email, 20, address) == {200: 5, 429: 15}
    assert [attempt(each.email, PASSWORD, address=CAMPUS).status_code for each in lecturers] == [302] * 40
    assert attempt(victim.email, PASSWORD, address=address).status_code == 429


def test_forty_lecturers_get_in_while_somebody_at_their_address_tries_a_password_with_every_name(
    lecturers: list[Account],
) -> None:
    names = [f"name{number}@uni.example" for number in range(50)] + [each.email for each in lecturers[:20]]
    tried = {name: [attempt(name, password, address=CAMPUS).status_code for password in "ab"] for name in names}
    # Once for each account, when many were wrong from there.
    assert list(tried.values())[-20:] == [[200, 429]] * 20
    assert [attempt(each.email, PASSWORD, address=CAMPUS).status_code for each in lecturers[20:]] == [302] * 20
    # Those whose names he had wait, or use a browser of theirs; nobody at another address does.
    assert [attempt(each.email, PASSWORD, address="192.0.2.11").status_code for each in lecturers[:20]] == [302] * 20


def test_lecturers_who_mistype_do_not_get_in_each_others_way(lecturers: list[Account]) -> None:
    for each in lecturers:
        attempt(each.email, address=CAMPUS)
    assert [attempt(each.email, PASSWORD, address=CAMPUS).status_code for each in lecturers] == [302] * 40


def test_wrong_guesses_from_her_own_address_do_not_keep_a_lecturer_out_of_a_browser_that_she_has_used(
    lecturer: Account,
) -> None:
    hers = Client()
    attempt(lecturer.email, PASSWORD, hers, CAMPUS)
    hers.post("/account/sign-out/")
    guess(lecturer.email, address=CAMPUS)
    assert attempt(lecturer.email, PASSWORD, hers, CAMPUS).status_code == 302


def test_a_browser_that_one_account_was_used_in_is_not_known_for_another(lecturer: Account) -> None:
    Account.objects.create_user("mallory@example.org", PASSWORD, name="Mallory")
    his = Client()
    attempt("mallory@example.org", PASSWORD, his)
    his.post("/account/sign-out/")
    codes = [attempt(lecturer.email, client=his).status_code for _ in range(6)]
    assert codes[-1] == 429


def test_a_browser_is_known_for_the_last_accounts_that_were_used_in_it(lecturers: list[Account]) -> None:
    shared = Client()
    for each in lecturers[:6]:
        attempt(each.email, PASSWORD, shared, CAMPUS)
        shared.post("/account/sign-out/")
    for each in lecturers[:6]:
        guess(each.email, 6, CAMPUS)
    codes = [attempt(each.email, PASSWORD, shared, CAMPUS).status_code for each in lecturers[:6]]
    assert codes == [429, 302, 302, 302, 302, 302]


@pytest.mark.parametrize("cookie", ["", "forged", "WzFd:1abcde:" + "x" * 43])
def test_a_made_up_cookie_makes_no_browser_known(lecturer: Account, settings: Settings, cookie: str) -> None:
    guess(lecturer.email, 6)
    forger = Client()
    forger.cookies[settings.BROWSER_COOKIE_NAME] = cookie
    assert attempt(lecturer.email, PASSWORD, forger).status_code == 429


def test_a_guesser_in_a_stolen_browser_waits_too_and_nobody_else_does(lecturer: Account) -> None:
    stolen = Client()
    attempt(lecturer.email, PASSWORD, stolen)
    stolen.post("/account/sign-out/")
    codes = Counter(attempt(lecturer.email, f"guess {number}", stolen).status_code for number in range(15))
    assert codes == {200: 10, 429: 5}
    assert attempt(lecturer.email, PASSWORD).status_code == 302


def test_each_wrong_password_doubles_the_wait_up_to_a_quarter_of_an_hour(lecturer: Account, clock: Clock) -> None:
    guess(lecturer.email, 5)
    waits = []
    for _ in range(12):
        answer = attempt(lecturer.email)
        assert answer.status_code == 429
        wait = int(answer["Retry-After"])
        waits.append(wait)
        clock.later(seconds=wait)
        assert attempt(lecturer.email).status_code == 200
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_the_wait_is_told_and_after_it_the_right_password_is_taken(lecturer: Account, clock: Clock) -> None:
    guess(lecturer.email, 5)
    answer = attempt(lecturer.email, PASSWORD)
    assert "Too many wrong passwords. Wait 2 seconds, then try again." in answer.text
    assert f'value="{lecturer.email}"' in answer.text
    clock.later(seconds=2)
    assert attempt(lecturer.email, PASSWORD).status_code == 302


def test_whoever_goes_on_guessing_makes_no_wait_longer(lecturer: Account, clock: Clock) -> None:
    guess(lecturer.email, 100)
    clock.later(seconds=2)
    assert attempt(lecturer.email, PASSWORD).status_code == 302


def test_a_right_password_forgets_the_wrong_ones_before_it(lecturer: Account) -> None:
    for _ in range(3):
        guess(lecturer.email, 4)
        assert attempt(lecturer.email, PASSWORD).status_code == 302


def test_a_password_that_an_administrator_sets_lets_its_owner_in_at_once(lecturer: Account, settings: Settings) -> None:
    """The way out where the portal has no mail server, and the page names it."""
    settings.EMAIL_BACKEND = "portal.accounts.mailing.NoMail"
    guess(lecturer.email, 10)
    assert "have whoever runs Rollcall set a new password" in attempt(lecturer.email, PASSWORD).text
    office, new = Client(), "staple of another kind"
    office.force_login(Account.objects.create_superuser("root@example.org", name="Rita Root"))
    address = f"/admin/accounts/account/{lecturer.pk}/password/"
    office.post(address, {"password1": new, "password2": new, "usable_password": "true"})
    assert attempt(lecturer.email, new).status_code == 302


def test_a_guesser_with_an_account_cannot_forget_what_he_guessed_of_others(lecturer: Account) -> None:
    Account.objects.create_user("mallory@example.org", PASSWORD, name="Mallory")
    for _ in range(5):
        attempt(lecturer.email)
        attempt("mallory@example.org", PASSWORD)
    assert attempt(lecturer.email, PASSWORD).status_code == 429


def test_an_account_that_is_guessed_from_everywhere_is_delayed_and_the_owner_gets_in(lecturer: Account) -> None:
    hers = Client()
    attempt(lecturer.email, PASSWORD, hers, CAMPUS)
    hers.post("/account/sign-out/")
    codes = Counter(attempt(lecturer.email, address=f"203.0.113.{number}").status_code for number in range(60))
    assert codes == {200: 50, 429: 10}
    assert attempt(lecturer.email, PASSWORD, hers, CAMPUS).status_code == 302


def test_one_guesser_elsewhere_keeps_nobody_out_of_a_new_browser(lecturer: Account, clock: Clock) -> None:
    for _ in range(20):
        guess(lecturer.email, 2)
        clock.later(minutes=16)
    assert attempt(lecturer.email, PASSWORD, address=CAMPUS).status_code == 302


@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title, "  {} ".format])
def test_spellings_of_an_address_are_counted_together(lecturer: Account, spelling: Callable[[str], str]) -> None:
    for _ in range(5):
        attempt(spelling(lecturer.email))
    assert attempt(lecturer.email, PASSWORD).status_code == 429


def test_an_unknown_account_is_counted_like_any_other(lecturer: Account) -> None:
    assert guess("nobody@example.org", 10) == guess(lecturer.email, 10, CAMPUS)


def test_addresses_of_one_ipv6_network_count_as_one(lecturer: Account) -> None:
    for number in range(5):
        attempt(lecturer.email, address=f"2001:db8:0:7:{number}::{number}")
    assert attempt(lecturer.email, PASSWORD, address="2001:db8:0:7:ffff::1").status_code == 429
    assert attempt(lecturer.email, PASSWORD, address="2001:db8:0:8::1").status_code == 302


def test_an_ipv4_address_counts_as_itself_however_it_is_written(lecturer: Account) -> None:
    for address in (ELSEWHERE, f"::ffff:{ELSEWHERE}") * 3:
        attempt(lecturer.email, address=address)
    assert attempt(lecturer.email, PASSWORD, address=ELSEWHERE).status_code == 429
    assert attempt(lecturer.email, PASSWORD, address=f"::ffff:{CAMPUS}").status_code == 302


def test_behind_a_proxy_its_word_for_the_address_counts_and_no_other(lecturer: Account, settings: Settings) -> None:
    settings.BEHIND_PROXY = True

    def forwarded(addresses: str, password: str = "wrong") -> int:
        data = {"username": lecturer.email, "password": password}
        return Client().post(SIGN_IN, data, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=addresses).status_code

    for number in range(5):
        forwarded(f"1.1.1.{number}, {ELSEWHERE}")
    assert forwarded(f"2.2.2.2, {ELSEWHERE}", PASSWORD) == 429
    assert forwarded(f"{ELSEWHERE}, {CAMPUS}", PASSWORD) == 302


def test_without_a_proxy_nobody_can_choose_an_address(lecturer: Account) -> None:
    for number in range(5):
        Client().post(SIGN_IN, {"username": lecturer.email, "password": "x"}, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    answer = Client().post(
        SIGN_IN, {"username": lecturer.email, "password": PASSWORD}, HTTP_X_FORWARDED_FOR="10.0.0.99"
    )
    assert answer.status_code == 429


def change_password(client: Client, old: str) -> Any:
    new = "staple of another kind"
    return client.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def change_address(client: Client, password: str) -> Any:
    wanted = {"time_zone": "UTC", "email": "new@example.org", "current_password": password}
    return client.post("/account/profile/", wanted)


def confirm(client: Client, password: str) -> Any:
    return client.post("/account/confirm/", {"password": password})


@pytest.mark.parametrize("asks", [change_password, change_address, confirm])
def test_passwords_are_counted_wherever_one_is_asked_for(lecturer: Account, asks: Callable[[Client, str], Any]) -> None:
    thief = Client()
    thief.force_login(lecturer)
    codes = Counter(asks(thief, f"guess {number}").status_code for number in range(20))
    assert codes == {200: 5, 429: 15}
    assert asks(thief, PASSWORD).status_code == 429
    # And together with those of the sign-in, from the same address.
    assert attempt(lecturer.email, PASSWORD, address="127.0.0.1").status_code == 429


@pytest.mark.parametrize("asks", [change_password, change_address, confirm])
def test_the_right_password_is_taken_wherever_one_is_asked_for(
    lecturer: Account, asks: Callable[[Client, str], Any]
) -> None:
    client = Client()
    attempt(lecturer.email, PASSWORD, client, CAMPUS)
    assert asks(client, "wrong").status_code == 200
    assert asks(client, PASSWORD).status_code == 302


def test_the_web_server_limits_every_address_to_which_a_password_or_a_code_is_sent() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    limited = re.findall(r"location ~ (\S+) \{\s+limit_req zone=rollcall_sign_in", text)
    names = ("sign_in", "second_step", "confirm", "profile", "password", "password_reset")
    assert [name for name in names if not any(re.search(each, reverse(f"accounts:{name}")) for each in limited)] == []


def test_the_admins_sign_in_is_the_portals(lecturer: Account) -> None:
    answer = Client().post("/admin/login/", {"username": lecturer.email, "password": PASSWORD})
    assert answer["Location"].startswith(SIGN_IN)


def test_only_one_place_looks_at_passwords() -> None:
    calls = set()
    for path in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if name in ("check_password", "acheck_password", "authenticate", "aauthenticate"):
                calls.add(str(path.relative_to(ROOT)))
    assert calls == {"portal/accounts/passwords.py"}


def test_what_is_too_old_is_forgotten(lecturer: Account, clock: Clock) -> None:
    attempt(lecturer.email)
    clock.later(days=6)
    attempt(lecturer.email)
    clock.later(days=2)
    forget_old()
    assert Attempt.objects.count() == 1


class Browser:
    """A browser of its own, over http."""

    def __init__(self, portal: str) -> None:
        self.portal = portal
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), NoRedirects()
        )
        self.token = ""

    def sign_in(self, email: str, password: str) -> int:
        """The status that answers."""
        if not self.token:
            with self.opener.open(f"{self.portal}{SIGN_IN}", timeout=30) as page:
                [self.token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        fields = {"username": email, "password": password, "csrfmiddlewaretoken": self.token}
        try:
            with self.opener.open(
                f"{self.portal}{SIGN_IN}", urllib.parse.urlencode(fields).encode(), timeout=30
            ) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


@only_long
@pytest.mark.django_db(transaction=True)
def test_a_hundred_guesses_at_once_are_a_hundred_also_for_several_processes(
    migrated_mariadb: MigratedMariaDB, portal_server: Callable[..., str], django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), connected_to(migrated_mariadb.owner_url):
        for name in ("emmy", "ada"):
            password = make_password(PASSWORD, hasher=Argon2PasswordHasher())
            Account.objects.create(email=f"{name}@example.org", name=name.title(), password=password)
    portal = portal_server(migrated_mariadb.portal_url, workers=2)
    browsers = [Browser(portal) for _ in range(10)]
    begun = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        codes = Counter(
            code
            for found in pool.map(
                lambda browser: [browser.sign_in("emmy@example.org", "wrong") for _ in range(10)], browsers
            )
            for code in found
        )
    # Five at once, and one more whenever the time has doubled.
    assert set(codes) == {200, 429}
    assert codes[200] <= 5 + math.log2(2 + time.monotonic() - begun)
    assert Browser(portal).sign_in("ada@éxample.org", PASSWORD) == 200, "the database takes the two for one"
    assert Browser(portal).sign_in("ada@example.org", PASSWORD) == 302
