"""How long somebody stays signed in, and where."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import Account, SignIn
from tests.environment import ROOT
from tests.portal.school import found_school

PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_configured_by_default(settings: Settings) -> None:
    settings.IDLE_MINUTES = 30


@pytest.fixture
def lecturer() -> Account:
    return Account.objects.create_user("emmy@example.org", PASSWORD, name="Emmy Noether")


def sign_in(browser: str = FIREFOX, **fields: str) -> Client:
    client = Client(HTTP_USER_AGENT=browser)
    answer = client.post("/account/sign-in/", {"username": "emmy@example.org", "password": PASSWORD} | fields)
    assert answer.status_code == 302
    return client


def age(client: Client, **span: float) -> None:
    """Let time go by for a session."""
    session = client.session
    for name in ("started_at", "seen_at"):
        session[name] -= timedelta(**span).total_seconds()
    session.save()


def is_signed_in(client: Client, **headers: str) -> bool:
    return client.get("/account/profile/", headers=headers).status_code == 200


def test_who_opens_no_page_for_half_an_hour_is_signed_out(lecturer: Account) -> None:
    client = sign_in()
    age(client, minutes=29)
    assert is_signed_in(client)
    age(client, minutes=29)
    assert is_signed_in(client)
    age(client, minutes=31)
    assert not is_signed_in(client)
    assert not SignIn.objects.exists()


def test_how_long_is_the_offices_to_say(lecturer: Account, settings: Settings) -> None:
    settings.IDLE_MINUTES = 5
    client = sign_in()
    age(client, minutes=6)
    assert not is_signed_in(client)


POLLS: list[tuple[str, dict[str, str]]] = [
    ("/?version=1", {"HX-Request": "true"}),
    ("/sessions/{session}/", {"Rollcall-Shown": "1.2"}),
    ("/cameras/?version=1", {"HX-Request": "true"}),
]


@pytest.mark.parametrize(("path", "headers"), POLLS)
def test_a_page_that_asks_for_news_by_itself_keeps_nobody_signed_in(path: str, headers: dict[str, str]) -> None:
    school = found_school(timezone.now())
    client = Client()
    client.force_login(school.staff)
    path = path.format(session=school.session.pk)
    for _ in range(2):
        age(client, minutes=14)
        assert client.get(path, headers=headers).status_code in (200, 204, 286)
    age(client, minutes=3)
    assert client.get(path, headers=headers).status_code == 302


def test_every_page_that_refreshes_itself_tells_that_nobody_has_opened_it() -> None:
    texts = [page.read_text("utf-8") for page in (ROOT / "portal").rglob("*.html")]
    polls = [tag for text in texts for tag in re.findall(r'<[^>]*hx-trigger="every [^>]*>', text)]
    assert len(polls) >= 4
    assert [tag for tag in polls if 'hx-vals=\'{"version": ' not in tag] == []


def test_nobody_stays_signed_in_for_longer_than_a_working_day(lecturer: Account) -> None:
    client = sign_in()
    for _ in range(12 * 60 // 20 - 1):
        age(client, minutes=20)
        client.get("/account/password/")
    assert is_signed_in(client)
    age(client, minutes=20)
    assert not is_signed_in(client)


def test_a_session_ends_with_its_browser_unless_the_device_is_somebodys_own(lecturer: Account) -> None:
    assert sign_in().session.get_expire_at_browser_close()
    own = sign_in(is_own_device="on")
    assert not own.session.get_expire_at_browser_close()
    assert own.cookies["sessionid"]["max-age"] == pytest.approx(30 * 24 * 3600, abs=60)
    age(own, days=6)
    assert is_signed_in(own)
    age(own, days=8)
    assert not is_signed_in(own)


def test_the_profile_says_where_the_account_is_signed_in(lecturer: Account) -> None:
    here = sign_in()
    sign_in(SAFARI, is_own_device="on")
    other = Client()
    other.force_login(Account.objects.create_user("ada@example.org", name="Ada"))
    page = here.get("/account/profile/").text
    assert page.index("Firefox on Windows") < page.index("this browser")
    assert "Safari on iPhone" in page
    assert page.count("last used") == 2


def test_signing_out_elsewhere_ends_every_other_session_of_the_account_and_nobody_elses(lecturer: Account) -> None:
    here, elsewhere, other = sign_in(), sign_in(SAFARI), Client()
    other.force_login(Account.objects.create_user("ada@example.org", name="Ada"))
    answer = here.post("/account/sign-out/elsewhere/", follow=True)
    assert "Signed out in 1 other browser." in answer.text
    assert is_signed_in(here)
    assert is_signed_in(other)
    assert not is_signed_in(elsewhere)
    assert here.get("/account/sign-out/elsewhere/").status_code == 405


@pytest.mark.parametrize("ended_by", ["signing out", "time"])
def test_what_one_person_was_not_told_any_more_is_told_to_nobody_who_signs_in_next(
    lecturer: Account, ended_by: str
) -> None:
    Account.objects.create_user("ada@example.org", PASSWORD, name="Ada")
    browser = sign_in()
    secret = {"email": "new@example.org", "current_password": PASSWORD, "time_zone": "UTC"}
    # The page that would tell that a link is on its way is never opened.
    assert browser.post("/account/profile/", secret).status_code == 302
    if ended_by == "time":
        age(browser, minutes=31)
    else:
        browser.post("/account/sign-out/")
    pages = browser.get("/account/sign-in/").text
    browser.post("/account/sign-in/", {"username": "ada@example.org", "password": PASSWORD})
    pages += browser.get("/").text
    assert "Ada" in pages
    assert "new@example.org" not in pages
    assert set(browser.cookies) <= {"sessionid", "csrftoken", "browser"}


def change_password(client: Client) -> None:
    new = "staple of another kind"
    answer = client.post("/account/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert answer.status_code == 302


def test_a_new_password_ends_the_other_sessions_and_the_list_says_so(lecturer: Account) -> None:
    here, elsewhere = sign_in(), sign_in(SAFARI)
    change_password(here)
    assert not is_signed_in(elsewhere)
    page = here.get("/account/profile/").text
    assert page.count("last used") == 1
    assert "this browser" in page


def test_a_session_under_a_new_key_is_still_ended_elsewhere(lecturer: Account) -> None:
    """An administrator's gets one with each password that they set for somebody."""
    Account.objects.filter(pk=lecturer.pk).update(is_staff=True, is_superuser=True)
    other = Account.objects.create_user("ada@example.org", name="Ada")
    here, elsewhere = sign_in(), sign_in(SAFARI)
    before, new = here.session.session_key, "staple of another kind"
    address = f"/admin/accounts/account/{other.pk}/password/"
    assert here.post(address, {"password1": new, "password2": new, "usable_password": "true"}).status_code == 302
    assert here.session.session_key != before
    assert here.get("/account/profile/").text.count("last used") == 2
    elsewhere.post("/account/sign-out/elsewhere/")
    assert not is_signed_in(here)


def test_signing_out_leaves_no_session_behind(lecturer: Account) -> None:
    client = sign_in()
    client.post("/account/sign-out/")
    assert not SignIn.objects.exists()


def test_a_session_that_is_older_than_this_release_goes_on(lecturer: Account) -> None:
    client = sign_in()
    session = client.session
    for name in ("started_at", "seen_at", "is_own_device"):
        del session[name]
    session.save()
    SignIn.objects.all().delete()
    assert is_signed_in(client)
    assert SignIn.objects.count() == 1


def test_what_is_over_is_forgotten_each_night(lecturer: Account) -> None:
    sign_in()
    kept = sign_in(SAFARI)
    Session.objects.exclude(session_key=kept.session.session_key).update(expire_date=timezone.now() - timedelta(1))
    call_command("clearsessions")
    assert list(SignIn.objects.values_list("user_agent", flat=True)) == [SAFARI]


@pytest.mark.parametrize("agent", ["", "x" * 1000, "<script>alert(1)</script>"])
def test_a_browser_may_call_itself_what_it_likes(lecturer: Account, agent: str) -> None:
    page = sign_in(agent).get("/account/profile/").text
    assert "A browser" in page
    assert "<script>alert" not in page


def test_the_cookie_has_no_name_that_another_host_could_set(settings: Any) -> None:
    """Over plain http browsers refuse the name: only then it is another."""
    assert settings.PLAIN_HTTP
    assert settings.SESSION_COOKIE_NAME == "sessionid"
