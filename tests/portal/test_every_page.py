"""Every page of the portal in Chromium: usable by everybody as axe-core judges, small, and from no other host."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from portal.attendance.models import Excuse, Student
from portal.attendance.services.correction import correct_mark
from tests.fixtures.patience import IS_LONG
from tests.portal.test_access import ADMIN_ROUTES, MATRIX, StaffedSchool, filled, signed_in, staffed_school

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

ADMINS_DAY = [
    f"{kind}/{what}"
    for kind in (
        *("attendance/student", "attendance/course", "attendance/classsession", "attendance/room"),
        *("attendance/mark", "accounts/account"),
    )
    for what in ("", "add/", "<path:object_id>/change/")
]
"""What the administrator opens in the admin on most days."""

Screen = tuple[Literal["light", "dark"], int]
SCREENS: tuple[Screen, ...] = (("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280))
"""Each page is judged on one of them in the usual run, and on all in the long one."""

JUDGE = """async rules => {
    // A colour that is still on its way to that of the other scheme is nobody's choice.
    for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
    return (await axe.run({runOnly: rules, resultTypes: ['violations']})).violations;
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    @property
    def is_page(self) -> bool:
        return "<body" in self.body


def answer_of(client: Client, address: str) -> Answer:
    answer = client.get(address)
    body = "" if answer.streaming else answer.content.decode(errors="replace")
    return Answer(answer.status_code, dict(answer.headers), body)


@pytest.fixture
def school() -> StaffedSchool:
    """A class session of everything that a page may show."""
    school = staffed_school()
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


@pytest.fixture
def answers(school: StaffedSchool) -> dict[str, Answer]:
    """What the administrator is answered at every address; and what somebody sees who is not signed in."""
    of_admin = [f"admin/{part}" for part in ("", "password_change/", "jsi18n/", *ADMINS_DAY)]
    assert {*of_admin} <= {*ADMIN_ROUTES}
    known = signed_in(school, "administrator")
    routes = [route for route in (*MATRIX, *of_admin) if "logo" not in route]
    found = {address: answer_of(known, address) for address in (filled(route, school) for route in routes)}
    found |= {f"/{address}": answer_of(known, f"/{address}") for address in STATES}
    stranger = Client()
    found |= {
        address: answer_of(stranger, address)
        for address, answer in found.items()
        if address.startswith("/account/") and not answer.is_page
    }
    return found


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


def judged(page: Page, screens: Sequence[Screen]) -> list[str]:
    """What axe-core finds wrong with the page that is open, on each of the screens."""
    page.evaluate(Axe().axe_script)
    found = []
    for scheme, width in screens:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 860})
        for violation in page.evaluate(JUDGE, RULES):
            nodes = [f"{node['target']} {node['failureSummary']}" for node in violation["nodes"]]
            found.append(f"{scheme}, {width}: {violation['id']}: {nodes}")
    return found


def faults_of(answer: Answer) -> list[str]:
    """What is against our rules for each answer, whatever a browser makes of it."""
    rules = {
        "more than 100 kB": len(answer.body.encode()) > 100_000,
        "no strict policy": not re.search(r"default-src 'self'(?!.*unsafe)", answer.headers["Content-Security-Policy"]),
        "a script or a style written into it": re.search(
            r"<style|<script(?![^>]* (src|type)=)| style=| on[a-z]+=\"", answer.body
        ),
    }
    return [rule for rule, is_broken in rules.items() if is_broken]


def test_every_page_is_for_everybody_and_small_and_from_this_host_alone(
    answers: dict[str, Answer], open_page: Callable[..., Page]
) -> None:
    # Django's own scripts in the admin set styles, which the policy refuses: the admin works without them.
    page = open_page(expected_errors=("Applying inline style",), service_workers="block")
    elsewhere = serve(page, answers)
    found = {}
    pages = {address: answer for address, answer in answers.items() if answer.is_page}
    for place, (address, answer) in enumerate(pages.items()):
        page.goto(HOST + address)
        if faults := faults_of(answer) + judged(page, SCREENS if IS_LONG else [SCREENS[place % len(SCREENS)]]):
            found[address] = faults
    assert found == {}
    assert elsewhere == []
