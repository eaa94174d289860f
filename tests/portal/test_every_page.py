"""Every page of the portal in Chromium: usable by everybody as axe-core judges, small, and from no other host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from portal.attendance.models import Excuse, Student
from portal.attendance.services.correction import correct_mark
from tests.fixtures import axe, layout
from tests.fixtures.patience import IS_LONG
from tests.portal.test_access import ADMIN_ROUTES, MATRIX, WHO, StaffedSchool, filled, signed_in, staffed_school

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("django_beside_playwright")]

HOST = "http://portal.localhost"
STATES = (
    "nowhere/",
    "records/?student=nobody",
    "records/?course=99",
    "records/?group=student",
    "exceptions/?show=all",
    "?day=2026-01-01",
)
"""Pages that MATRIX does not name: nothing there, a wrong filter, another form of the same."""

TAKERS = ("lecturer", "assistant", "staff", "administrator")
TEACHERS = ("lecturer", "staff", "administrator")
OFFICE = ("staff", "administrator")
ROOT = ("administrator",)
SESSION, COURSE, PERSON = "sessions/<int:session_id>/", "courses/<int:course_id>/", "people/<int:account_id>/"
TOO_LONG = "x" * 300

FAULTS: tuple[tuple[str, Sequence[str], dict[str, str]], ...] = (
    ("account/sign-in/", ("anonymous",), {"username": "nobody@uni.example", "password": "wrong"}),
    ("account/password/reset/", ("anonymous",), {"email": "nobody"}),
    ("account/password/", WHO[1:], {"old_password": "wrong", "new_password1": "short", "new_password2": "other"}),
    ("account/confirm/", WHO[1:], {"password": "wrong"}),
    ("account/profile/", WHO[1:], {"time_zone": "Mars/Olympus", "email": "nobody"}),
    ("records/filters/", WHO[1:], {"name": TOO_LONG}),
    (f"{SESSION}students/<int:student_id>/", TAKERS, {"status": "nonsense", "reason": TOO_LONG}),
    (f"{SESSION}rest/", TAKERS, {"rest": "nonsense"}),
    (f"{SESSION}several/", TAKERS, {"who": "nobody\nS1001", "status": "present"}),
    (f"{SESSION}guests/", TAKERS, {"number": "nobody"}),
    (f"{SESSION}change/", TEACHERS, {"day": "31.02.2026"}),
    ("sessions/add/", TEACHERS, {"day": "31.02.2026"}),
    ("excuses/add/", TEACHERS, {"who": "nobody"}),
    ("warnings/add/", TEACHERS, {"number": "-1"}),
    (f"{COURSE}rules/", TEACHERS, {"threshold_percent": "101"}),
    ("rules/institution/", OFFICE, {"threshold_percent": "101"}),
    ("warnings/texts/", OFFICE, {"name": "student raised", "subject": "", "text": "no list"}),
    ("cameras/<int:room_id>/contacts/", OFFICE, {"add": ""}),
    ("courses/add/", OFFICE, {"code": "", "least_coverage_percent": "101"}),
    (f"{COURSE}office/", OFFICE, {"code": "", "least_coverage_percent": "101"}),
    (f"{COURSE}staff/", OFFICE, {"kind": "lecturers", "who": "nobody"}),
    (f"{COURSE}roster/", OFFICE, {"students": "nobody\nS1001", "since": "31.02.2026"}),
    (f"{COURSE}roster/<int:entry_id>/", OFFICE, {"since": "2026-02-02", "until": "2026-02-01"}),
    ("rooms/add/", OFFICE, {"name": "", "time_zone": "Mars/Olympus"}),
    ("rooms/<int:room_id>/office/", OFFICE, {"name": "", "time_zone": "Mars/Olympus"}),
    ("students/add/", OFFICE, {"number": "S1001", "full_name": "", "email": "nobody"}),
    ("students/<int:student_id>/office/", OFFICE, {"number": "S1002", "full_name": "", "email": "nobody"}),
    ("students/<int:student_id>/courses/", OFFICE, {"course": "NONE 1"}),
    ("students/<int:student_id>/merge/", OFFICE, {"number": "nobody"}),
    *(
        (f"term/timetable/{what}/add/", OFFICE, {"first_day": "2026-02-02", "last_day": "2026-02-01"})
        for what in ("terms", "closures", "slots")
    ),
    ("term/import/<slug:kind>/", OFFICE, {"pasted": ""}),
    ("people/add/", ROOT, {"name": "", "email": "nobody"}),
    (PERSON, ROOT, {"name": "", "email": "nobody"}),
    (f"{PERSON}parts/", ROOT, {"kind": "lecturers", "where": "NONE 1"}),
    (f"{PERSON}merge/", ROOT, {"email": "nobody"}),
)
"""Forms that are refused: where they are sent, by one of whom, and what is wrong with them."""

NO_PAGES = {"admin/logout/", "admin/login/", "admin/autocomplete/", "admin/r/<path:content_type_id>/<path:object_id>/"}
"""Addresses of the admin that lead elsewhere, or answer a script."""

Screen = tuple[Literal["light", "dark"], int]
SCREENS: tuple[Screen, ...] = (("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280))
"""Each page is judged on one of them in the usual run, and on all in the long one."""

LANGUAGES = ("en", "de", "fr")

REFUSED = 'class="(errorlist|problem|message warning|message error)'
"""What a page shows of a form that was refused."""

IS_READY = "() => new Promise((done) => window.django?.jQuery ? django.jQuery(() => done()) : done())"
"""The admin's scripts make its fields anew after the page is loaded."""

IS_TAB_CUT = "() => [...document.querySelectorAll('.tabs')].some(each => each.scrollWidth > each.clientWidth)"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    @property
    def is_page(self) -> bool:
        return "<body" in self.body


def answer_of(client: Client, address: str, fields: dict[str, str] | None = None) -> Answer:
    """What is answered at the address; with ``fields`` to a form, wherever that leads."""
    answer = client.get(address) if fields is None else client.post(address, fields, follow=True)
    body = "" if answer.streaming else answer.content.decode(errors="replace")
    return Answer(answer.status_code, dict(answer.headers), body)


@pytest.fixture
def school() -> StaffedSchool:
    """A class session of everything that a page may show."""
    school = staffed_school()
    for who in WHO[1:]:
        account = getattr(school, who)
        account.set_password("enigma-1926-bletchley")
        account.save()
    grace, eileen, bilal = school.students[1:]
    school.watch()
    school.camera()
    school.camera("failing", camera_name="back")
    school.enrol()
    school.notice(grace)
    school.nearly_name(bilal)
    school.notice(Student.objects.create(number="V1", full_name="Visitor"), last=9)
    correct_mark(school.session, eileen, "late", "the bus", school.lecturer)
    Excuse.objects.create(
        student=bilal,
        course=school.course,
        first_day=date(2026, 11, 2),
        last_day=date(2026, 11, 3),
        reason="ill",
        entered_by=school.lecturer,
    )
    for weeks in range(1, 5):
        session = school.meet(school.session.starts_at - timedelta(weeks=weeks), closed_at=timezone.now())
        school.see(grace, session=session)
        school.see(eileen, session=session, minute=20)
    return school


@dataclass(frozen=True)
class Visit:
    """A page that somebody opens, or what they get back for a form that they filled in wrongly."""

    address: str
    who: Sequence[str]
    fields: dict[str, str] | None = None

    def answer(self, school: StaffedSchool, who: str, language: str) -> Answer:
        client = signed_in(school, who)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        return answer_of(client, self.address, self.fields)


def who_sees(row: Sequence[object]) -> list[str]:
    """Who is shown a page at an address of that row of MATRIX; where nobody is, who is told that there is none."""
    shown = [who for who, status in zip(WHO, row, strict=True) if status == 200]
    return shown or [who for who, status in zip(WHO, row, strict=True) if status in (404, 410)]


def visits(school: StaffedSchool) -> list[Visit]:
    """Each page once, those of the admin, and forms once with a fault: of the admin the usual run takes every fifth, of
    the forms every second one."""
    pages = [Visit(filled(route, school), who_sees(row)) for route, row in MATRIX.items() if "logo" not in route]
    words = "admin/jsi18n/"  # Which all other pages of the admin load.
    of_admin = [route for route in ADMIN_ROUTES if route not in NO_PAGES | {words}]
    of_admin = of_admin if IS_LONG else of_admin[::5]
    pages += [Visit(filled(route, school), ["administrator"]) for route in (words, *of_admin)]
    pages += [Visit(f"/{address}", WHO[1:]) for address in STATES]
    faults = FAULTS if IS_LONG else FAULTS[::2]
    pages += [Visit(filled(route, school), who, fields) for route, who, fields in faults]
    return [visit for visit in pages if visit.who]


def serve(page: Page, answers: dict[str, Answer]) -> list[str]:
    """Answer the browser from what was read before; returns where that is not ours it asks."""
    elsewhere: list[str] = []

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        if f"{parts.scheme}://{parts.netloc}" != HOST:
            elsewhere.append(route.request.url)
            route.abort()
        elif address in answers:
            known = answers[address]
            route.fulfill(status=200, headers=known.headers, body=known.body)
        elif parts.path.startswith("/static/"):
            route.fulfill(path=str(finders.find(parts.path.removeprefix("/static/"))))
        else:
            route.fulfill(status=204)

    page.route("**/*", answer)
    return elsewhere


def judged(page: Page, address: str, screen: Screen) -> list[str]:
    """What axe-core finds wrong with a page that is opened on that screen."""
    scheme, width = screen
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(HOST + address)
    page.evaluate(IS_READY)
    found = ["a tab is cut off"] if width == 1280 and page.evaluate(IS_TAB_CUT) else []
    return found + layout.faults_of(page) + axe.violations_of(page)


def faults_of(answer: Answer) -> list[str]:
    """What is against our rules for each answer, whatever a browser makes of it."""
    rules = {
        "more than 100 kB": len(answer.body.encode()) > 100_000,
        "no strict policy": not re.search(r"default-src 'self'(?!.*unsafe)", answer.headers["Content-Security-Policy"]),
        "an empty choice that says nothing": "base.css" not in answer.body and re.search(r">-{3,}<", answer.body),
        "a name that only the database knows": re.search(r"“[a-z]+_[a-z_]+”", answer.body),
        "a script or a style written into it": re.search(
            r"<style|<script(?![^>]* (src|type)=)| style=| on[a-z]+=\"", answer.body
        ),
    }
    return [rule for rule, is_broken in rules.items() if is_broken]


def turns_of(place: int, visit: Visit) -> Iterator[tuple[str, str, Screen]]:
    """Who opens it in which language on which screen: all of them in turn, from one page to the next."""
    for turn in range(place, place + (len(SCREENS) if IS_LONG else 1)):
        who = visit.who[turn // len(SCREENS) % len(visit.who)]
        yield who, LANGUAGES[turn % len(LANGUAGES)], SCREENS[turn % len(SCREENS)]


def test_every_page_is_for_everybody_and_small_and_from_this_host_alone(
    school: StaffedSchool, open_page: Callable[..., Page]
) -> None:
    # Django's own scripts in the admin set styles, which the policy refuses: the admin works without them.
    page = open_page(expected_errors=("Applying inline style",), service_workers="block")
    axe.let_in(page)
    answers: dict[str, Answer] = {}
    elsewhere = serve(page, answers)
    found = {}
    for place, visit in enumerate(visits(school)):
        for who, language, screen in turns_of(place, visit):
            answer = visit.answer(school, who, language)
            if visit.fields is not None:
                assert re.search(REFUSED, answer.body), visit
            answers[visit.address] = answer
            if not answer.is_page:
                continue
            if faults := faults_of(answer) + judged(page, visit.address, screen):
                found[f"{who}, {language}, {screen}, {visit}"] = faults
    assert found == {}
    assert elsewhere == []
