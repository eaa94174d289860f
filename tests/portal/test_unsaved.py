"""Signing out in the middle of a correction loses nothing, and shows it to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Account
from portal.attendance.models import Excuse, Mark
from tests.portal.school import School, found_school

pytestmark = pytest.mark.django_db

EXCUSE = "/excuses/add/"
SCRIPT = {"Rollcall-Shown": ""}
TYPED = "the typed reason, with “signs” & <tags>"


@pytest.fixture
def school() -> School:
    school = found_school(timezone.now() - timedelta(minutes=30))
    for account in (school.lecturer, school.other, school.staff):
        account.set_password("correct horse battery")
        account.save()
    return school


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def address(school: School) -> str:
    return f"/sessions/{school.session.pk}/students/{school.students[1].pk}/"


def sign_in(browser: Client, account: Account, following: str = "/") -> str:
    page = browser.get("/account/sign-in/").text
    form = {"username": account.email, "password": "correct horse battery", "next": following}
    answer = browser.post("/account/sign-in/", form | {"csrfmiddlewaretoken": field(page, "csrfmiddlewaretoken")})
    assert answer.status_code == 302
    return answer["Location"]


def sign_out(browser: Client) -> None:
    token = field(browser.get("/").text, "csrfmiddlewaretoken")
    browser.post("/account/sign-out/", {"csrfmiddlewaretoken": token})


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="(.*?)"', page)
    assert found
    return found.group(1)


def tapped(browser: Client, school: School, **more: str) -> dict[str, str]:
    """What a register sends when a letter is tapped."""
    page = browser.get(f"/sessions/{school.session.pk}/").text.partition('<form id="marks"')[2]
    form = {name: field(page, name) for name in ("csrfmiddlewaretoken", "author")}
    return form | {"mark": f"{school.students[1].pk}:absent:0"} | more


def filled_form(browser: Client, school: School) -> dict[str, str]:
    """The form of the student's page as the person has filled it in."""
    page = browser.get(address(school)).text.partition('class="card panel form correction"')[2]
    names = ("csrfmiddlewaretoken", "author", "shown")
    return {name: field(page, name) for name in names} | {"status": "excused", "reason": TYPED, "kept": "q=grace"}


def test_what_was_typed_is_there_after_signing_in_again(browser: Client, school: School) -> None:
    sign_in(browser, school.lecturer)
    form = filled_form(browser, school)
    sign_out(browser)
    answer = browser.post(address(school), form)
    assert answer["Location"] == f"/account/sign-in/?next={address(school)}"
    assert not Mark.objects.exists()

    page = browser.get(sign_in(browser, school.lecturer, address(school))).text
    assert "Not saved yet." in page
    assert 'value="the typed reason, with “signs” &amp; &lt;tags&gt;"' in page
    assert re.search(r'value="excused" required checked', page)
    again = form | {name: field(page.partition("correction")[2], name) for name in ("csrfmiddlewaretoken", "kept")}
    assert "q=grace" in browser.post(address(school), again)["Location"]
    assert Mark.objects.get().note == TYPED
    assert "Not saved yet." not in browser.get(address(school)).text


@pytest.mark.parametrize("is_signed_in_anew", [False, True])
def test_a_letter_of_a_register_leads_to_the_sign_in_page_and_is_kept_too(
    browser: Client, school: School, is_signed_in_anew: bool
) -> None:
    sign_in(browser, school.lecturer)
    form = tapped(browser, school, reason=TYPED)
    sign_out(browser)
    if is_signed_in_anew:
        sign_in(browser, school.lecturer)
    answer = browser.post(f"/sessions/{school.session.pk}/marks/", form)
    if not is_signed_in_anew:
        assert answer["Location"] == f"/account/sign-in/?next={address(school)}"
        sign_in(browser, school.lecturer)
    page = browser.get(address(school)).text
    assert "Not saved yet." in page
    assert "with “signs”" in page
    assert re.search(r'value="absent" required checked', page)
    assert not Mark.objects.exists()


def test_a_script_that_sends_what_it_kept_is_told_who_is_signed_out(browser: Client, school: School) -> None:
    sign_in(browser, school.lecturer)
    form = tapped(browser, school)
    sign_out(browser)
    assert browser.post(f"/sessions/{school.session.pk}/marks/", form, headers=SCRIPT).status_code == 401
    sign_in(browser, school.lecturer)
    # The form is of the sign-in before: its page is loaded anew.
    assert browser.post(f"/sessions/{school.session.pk}/marks/", form, headers=SCRIPT).status_code == 403
    assert "Not saved yet." not in browser.get(address(school)).text
    assert not Mark.objects.exists()


@pytest.mark.parametrize("page", ["marks", "guests"])
def test_a_script_whose_browser_lost_all_cookies_is_told_that_nobody_is_signed_in(
    browser: Client, school: School, page: str
) -> None:
    sign_in(browser, school.lecturer)
    form = tapped(browser, school) | {"number": "S1001"}
    browser.cookies.clear()
    assert browser.post(f"/sessions/{school.session.pk}/{page}/", form, headers=SCRIPT).status_code == 401
    assert browser.post(f"/sessions/{school.session.pk}/{page}/", form).status_code != 401
    assert not Mark.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"Rollcall-Shown": ""}])
def test_what_one_person_tapped_is_never_saved_as_anothers_word(
    browser: Client, school: School, headers: dict[str, str]
) -> None:
    sign_in(browser, school.lecturer)
    form = tapped(browser, school)
    sign_out(browser)
    sign_in(browser, school.staff)
    token = field(browser.get("/").text, "csrfmiddlewaretoken")
    form |= {"csrfmiddlewaretoken": token}
    assert browser.post(f"/sessions/{school.session.pk}/marks/", form, headers=headers).status_code == 409
    assert not Mark.objects.exists()


def test_who_signed_in_again_in_another_window_finds_the_form_filled_in(browser: Client, school: School) -> None:
    sign_in(browser, school.lecturer)
    form = filled_form(browser, school)
    sign_out(browser)
    sign_in(browser, school.lecturer)
    answer = browser.post(address(school), form)
    assert answer["Location"] == address(school)
    assert not Mark.objects.exists()
    assert "with “signs”" in browser.get(address(school)).text


@pytest.mark.parametrize("is_signed_in_anew", [False, True])
def test_names_of_several_that_were_pasted_are_there_after_signing_in_again(
    browser: Client, school: School, is_signed_in_anew: bool
) -> None:
    several = f"/sessions/{school.session.pk}/several/"
    sign_in(browser, school.lecturer)
    page = browser.get(several).text.partition('class="card form correction"')[2]
    form: dict[str, object] = {name: field(page, name) for name in ("csrfmiddlewaretoken", "author")}
    pasted = "\n".join(["0042", *(f"Somebody {number}" for number in range(400))])
    form |= {"who": pasted, "student": [each.pk for each in school.students[1:3]], "status": "absent", "reason": TYPED}
    sign_out(browser)
    if is_signed_in_anew:
        sign_in(browser, school.lecturer)
    assert browser.post(several, form)["Location"].endswith(several)
    if not is_signed_in_anew:
        sign_in(browser, school.lecturer)
    page = browser.get(several).text
    assert "Not saved yet." in page
    assert f"\n{pasted}</textarea>" in page
    assert "Grace Hopper" in page
    assert "Eileen Collins" in page
    assert "with “signs”" in page
    assert re.search(r'value="absent" required checked', page)
    assert "Somebody 7" not in browser.get(several).text
    assert not Mark.objects.exists()


@pytest.mark.parametrize("who", ["staff", "other"])
def test_nobody_else_is_shown_what_was_typed(browser: Client, school: School, who: str) -> None:
    sign_in(browser, school.lecturer)
    form = filled_form(browser, school)
    sign_out(browser)
    browser.post(address(school), form)
    sign_in(browser, getattr(school, who))
    assert "the typed reason" not in browser.get(address(school)).text
    sign_out(browser)
    sign_in(browser, school.staff)
    assert "the typed reason" not in browser.get(address(school)).text


@pytest.mark.parametrize("author", ["", "1", "forged:signature"])
def test_a_form_that_is_not_ours_is_not_kept(browser: Client, school: School, author: str) -> None:
    sign_in(browser, school.lecturer)
    form = filled_form(browser, school) | {"author": author}
    sign_out(browser)
    browser.post(address(school), form)
    sign_in(browser, school.lecturer)
    assert "the typed reason" not in browser.get(address(school)).text


def test_a_request_that_another_site_sends_is_refused_as_before(browser: Client, school: School) -> None:
    sign_in(browser, school.lecturer)
    form = {"status": "absent", "reason": "planted", "shown": "0"}
    assert browser.post(address(school), form).status_code == 403
    assert not Mark.objects.exists()


def test_nothing_of_it_stands_in_an_address_or_a_cookie(browser: Client, school: School) -> None:
    sign_in(browser, school.lecturer)
    form = filled_form(browser, school)
    sign_out(browser)
    answer = browser.post(address(school), form)
    assert "typed" not in answer["Location"]
    assert not any("typed" in cookie.value for cookie in browser.cookies.values())


@pytest.mark.parametrize("is_signed_in_anew", [False, True])
@pytest.mark.parametrize("who", ["lecturer", "staff"])
def test_an_excuse_and_its_pasted_list_are_there_after_signing_in_again(
    browser: Client, school: School, who: str, is_signed_in_anew: bool
) -> None:
    account = getattr(school, who)

    def send_signed_out(form: dict[str, object]) -> str:
        sign_out(browser)
        if is_signed_in_anew:
            sign_in(browser, account)
        assert browser.post(EXCUSE, form)["Location"].endswith(EXCUSE)
        if not is_signed_in_anew:
            sign_in(browser, account)
        return browser.get(EXCUSE).text

    sign_in(browser, account)
    form = excuse_form(browser.get(f"{EXCUSE}?next=/records/").text)
    page = send_signed_out(form | {"who": f"{school.students[0].number}\nNobody Known"})
    assert f'name="student" value="{school.students[0].pk}"' in page
    assert "Nobody Known" in page

    keys = [each.pk for each in school.students[:2]]
    form = excuse_form(page) | {"student": keys, "course": school.course.pk}
    page = send_signed_out(form | {"first_day": "2026-03-02", "last_day": "31.2.", "reason": TYPED})
    assert "Not saved yet." in page
    assert "with “signs”" in page
    assert all(f'name="{name}" value="{value}"' in page for name, value in [("student", keys[0]), ("student", keys[1])])
    assert 'value="2026-03-02"' in page
    assert 'value="31.2."' in page
    assert re.search(rf'value="{school.course.pk}"[^>]* checked', page)
    assert excuse_form(page)["next"] == "/records/"
    assert not Excuse.objects.exists()
    again = excuse_form(page) | {"student": keys, "course": school.course.pk, "reason": TYPED}
    assert (
        browser.post(EXCUSE, again | {"first_day": "2026-03-02", "last_day": "2026-03-03"})["Location"] == "/records/"
    )
    assert {each.reason for each in Excuse.objects.all()} == {TYPED}
    assert "with “signs”" not in browser.get(EXCUSE).text


def test_a_list_too_long_for_an_excuse_is_not_cut_off_while_its_author_is_signed_out(
    browser: Client, school: School
) -> None:
    sign_in(browser, school.staff)
    form = excuse_form(browser.get(EXCUSE).text)
    sign_out(browser)
    browser.post(EXCUSE, form | {"who": f"{school.students[0].number}\n" + "x" * 20_000})
    sign_in(browser, school.staff)
    page = browser.get(EXCUSE).text
    assert "That is too much at once" in page
    assert f"\n{school.students[0].number}\nxxx" in page


def test_who_comes_to_the_excuse_form_signed_out_is_led_back_to_the_student_of_the_address(
    browser: Client, school: School
) -> None:
    asked = f"{EXCUSE}?student={school.students[0].pk}&day=2026-03-02"
    following = parse_qs(urlsplit(browser.get(asked)["Location"]).query)["next"][0]
    assert sign_in(browser, school.lecturer, following) == asked


def test_an_excuse_that_one_person_sent_is_not_shown_to_another(browser: Client, school: School) -> None:
    sign_in(browser, school.lecturer)
    form = excuse_form(browser.get(f"{EXCUSE}?student={school.students[0].pk}").text)
    sign_out(browser)
    browser.post(EXCUSE, form | {"student": school.students[0].pk, "reason": TYPED})
    sign_in(browser, school.staff)
    assert "with “signs”" not in browser.get(EXCUSE).text
    sign_out(browser)
    sign_in(browser, school.lecturer)
    assert "with “signs”" not in browser.get(EXCUSE).text


def excuse_form(page: str) -> dict[str, object]:
    """What stands hidden in the form for an excuse."""
    form = page.partition('<form class="card form')[2]
    return {
        name: field(form, name) for name in ("csrfmiddlewaretoken", "author", "next") if f'name="{name}" value' in form
    }
