"""The pictures of docs/pictures: the main pages, with names that nobody has. ``make screenshots`` draws them anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from PIL import Image

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, RosterEntry, Student, Term
from portal.attendance.services.closing import close_session
from portal.attendance.services.populating.names import person_name
from tests.environment import PICTURES
from tests.portal.school import School, found_school
from tests.portal.test_every_page import HOST, answer_of, serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("django_beside_playwright")]

LARGEST_BYTES = 60_000
CLASS = 16
WEEKS = 8
NOW = datetime(2026, 11, 26, 9, 40, tzinfo=UTC)
"""A Thursday, 40 minutes into the lesson."""


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it; "lecturer" is an account of the school."""

    name: str
    address: str
    width: int = 1280
    height: int = 720
    who: str = "lecturer"


PICTURES_SHOWN = (
    Picture("sign-in", "/account/sign-in/", height=520, who=""),
    Picture("today", "/", height=560),
    Picture("register", "/sessions/{now}/"),
    Picture("by-hand", "/sessions/{blind}/?by=hand", 390, 760),
    Picture("course", "/courses/{course}/", height=860),
    Picture("student", "/students/{student}/", height=620),
    Picture("exceptions", "/exceptions/", height=620),
    Picture("records", "/records/"),
    Picture("cameras", "/cameras/{room}/", height=620, who="staff"),
)


@pytest.fixture
def school(monkeypatch: pytest.MonkeyPatch) -> School:
    """A class that has met for eight weeks, and meets now."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    school = found_school(NOW - timedelta(minutes=40))
    Account.objects.update(time_zone="Europe/London")
    school.staff.refresh_from_db()
    Term.objects.create(name="Autumn 2026", first_day=NOW.date() - timedelta(weeks=10), last_day=NOW.date())
    Student.objects.exclude(pk=school.students[0].pk).delete()
    Student.objects.filter(pk=school.students[0].pk).update(full_name=person_name(5))
    for number in range(1, CLASS):
        student = Student.objects.create(number=f"{2600 + number}", full_name=person_name(7 * number))
        RosterEntry.objects.create(course=school.course, student=student)
    school.students[:] = Student.objects.order_by("pk")
    for camera in ("front", "back"):
        school.camera(camera_name=camera, gallery_size=CLASS, looks_per_second=2.0, faces=13)
    before = [school.meet(school.session.starts_at - timedelta(weeks=week)) for week in range(WEEKS, 0, -1)]
    for student in school.students:
        school.enrol(student)
    for week, session in enumerate(before):
        hold(school, session, week)
        close_session(session, NOW)
    hold(school, school.session, WEEKS)
    return school


def hold(school: School, session: ClassSession, week: int) -> None:
    """A lesson by a plan: two students are often away, a few come late now and then, and some leave early."""
    now, school.session = school.session, session
    is_over = session.ends_at < NOW
    for camera in ("front", "back"):
        school.watch(camera=camera, last=50 if is_over else 40)
    for place, student in enumerate(school.students):
        if (place in (3, 8) and week % 3) or (place * 5 + week * 3) % 23 == 0:
            continue
        first = 17 if (place + 2 * week) % 13 == 0 else 1 + place % 5
        last = 26 if is_over and (place, week) == (5, WEEKS - 1) else 49 if is_over else 39
        school.notice(student, first, last)
        school.see(student, first, last_seen_at=session.starts_at + timedelta(minutes=last))
    if week == WEEKS - 1:
        school.nearly_name(school.students[3], 12, 12)
    school.session = now


def addresses(school: School) -> dict[str, int]:
    blind = ClassSession.objects.order_by("starts_at")[1]
    return {
        "now": school.session.pk,
        "blind": blind.pk,
        "course": school.course.pk,
        "student": school.students[3].pk,
        "room": school.room.pk,
    }


def shot(page: Page, picture: Picture, school: School, folder: Path) -> Path:
    client = Client()
    if picture.who:
        client.force_login(getattr(school, picture.who))
    address = picture.address.format(**addresses(school))
    serve(page, {address: answer_of(client, address)})
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(HOST + address)
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path)
    with Image.open(path) as drawn:
        # A page has few colours: so many keep letters smooth, in half of the bytes.
        drawn.convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)
    return path


@pytest.mark.parametrize(
    "picture", PICTURES_SHOWN if os.environ.get(PICTURES) else PICTURES_SHOWN[2:3], ids=lambda one: one.name
)
def test_a_picture_of_a_page_is_small(
    picture: Picture, school: School, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(service_workers="block", device_scale_factor=1, timezone_id="Europe/London")
    path = shot(page, picture, school, Path(os.environ.get(PICTURES) or tmp_path))
    assert path.stat().st_size <= LARGEST_BYTES
