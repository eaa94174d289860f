"""A lecturer's day in a real browser, while the real recognizer watches the demo clip."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page


LONGEST_ABSENCE = timedelta(seconds=25)
"""More than either student stays away in the looped clip."""


@dataclass(frozen=True)
class Portal:
    """A running portal and what it shows."""

    address: str
    classroom: Classroom


@pytest.fixture
def portal(
    migrated_sqlite: Path, classroom_in: Callable[[str], Classroom], portal_server: Callable[[str], str]
) -> Portal:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    return Portal(portal_server(classroom.database_url), classroom)


def test_a_lecturer_watches_corrects_and_exports_while_the_camera_goes_on(
    portal: Portal, browser_page: Page, demo_clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    page, classroom = browser_page, portal.classroom
    visitor.sign_in(page, portal.address, classroom)
    visitor.open_register(page, classroom)
    for student in ("Grace Hopper", "Eileen Collins", "Zoë Nováková"):
        visitor.wait_for_status(page, student, "Missing")

    # Nobody reloads: the register fills by itself.
    recognizer = run_recognizer(classroom.database_url, demo_clip, play="loop")
    visitor.wait_for_status(page, "Eileen Collins", "Present", seconds=60)
    visitor.wait_for_status(page, "Grace Hopper", "Present", seconds=60)
    visitor.wait_for_status(page, "Zoë Nováková", "Missing")

    visitor.correct(page, "Grace Hopper", to="Excused", reason="Called away by the navy")
    corrected, corrected_at = classroom.marks()["S1001"], datetime.now(UTC).replace(tzinfo=None)
    assert "Called away by the navy" in visitor.history_of(page, "Grace Hopper")

    _filter_and_export(page, classroom)

    visitor.update_profile(page, title="Dr", department="Mathematics", time_zone="Europe/London")
    page.reload()
    assert page.get_by_label("Department").input_value() == "Mathematics"
    assert "Dr Ada Byron" in page.get_by_role("banner").inner_text()

    # The camera sees both again and writes down when: what a person has set stays.
    wait_for(lambda: (classroom.last_frame_at() or corrected_at) > corrected_at + LONGEST_ABSENCE, "both again", 90)
    assert recognizer.stop() == 0, recognizer.output()
    assert classroom.marks()["S1002"].last_seen_at > corrected_at
    visitor.open_register(page, classroom)
    visitor.wait_for_status(page, "Grace Hopper", "Excused")
    after = classroom.marks()["S1001"]
    assert (after.status, after.source, after.note) == (corrected.status, corrected.source, corrected.note)
    assert after.first_seen_at == corrected.first_seen_at

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    page.goto(f"{portal.address}/records/")
    page.get_by_role("button", name="Sign in").wait_for()


def _filter_and_export(page: Page, classroom: Classroom) -> None:
    """Both marks are in the records; a filter leaves one, stays in the address, and the export holds just that one."""
    visitor.open_records(page)
    assert visitor.row_of(page, "Grace Hopper").count() == 1
    assert visitor.row_of(page, "Eileen Collins").count() == 1

    visitor.filter_by_status(page, "Excused")
    assert "status=excused" in page.url
    assert visitor.row_of(page, "Grace Hopper").count() == 1
    assert visitor.row_of(page, "Eileen Collins").count() == 0

    page.get_by_text("Export 1").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV with commas").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        exported = list(csv.reader(file))
    assert len(exported) == 3, exported
    assert exported[2][0] == "# complete: 1 row"
    assert {"S1001", "Grace Hopper", classroom.course_code} <= set(exported[1])
    assert not any("Collins" in value for row in exported for value in row)


def test_sign_in_works_by_keyboard_alone(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    page.goto(portal.address)
    # The first field gets the focus by itself, when the page is first drawn; keys pressed before it would go nowhere.
    page.wait_for_function("document.activeElement.type === 'email'")
    page.keyboard.type(portal.classroom.lecturer_email)
    page.keyboard.press("Tab")
    page.keyboard.type(portal.classroom.lecturer_password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_a_wrong_password_is_told_and_changes_nothing(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    page.goto(portal.address)
    page.get_by_label("E-mail").fill(portal.classroom.lecturer_email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not belong together").wait_for()
    page.goto(f"{portal.address}/records/")
    assert page.get_by_role("button", name="Sign in").is_visible()


def test_no_page_scrolls_sideways_on_a_phone(portal: Portal, open_page: Callable[..., Page]) -> None:
    page, classroom = (
        open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True),
        portal.classroom,
    )
    addresses = [
        "/account/sign-in/",
        "/account/password/reset/",
        "/",
        f"/sessions/{classroom.session_id}/",
        f"/sessions/{classroom.session_id}/students/{classroom.student_id('S1003')}/",
        "/records/",
        "/records/?student=nobody",
        "/account/profile/",
        "/account/password/",
    ]
    # Long words are what breaks a narrow page.
    with classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE course SET title = 'Donaudampfschifffahrtsgesellschaftskapitänsprüfungen'")
        connection.exec_driver_sql("UPDATE student SET full_name = 'Wolfeschlegelsteinhausenbergerdorff-Hohenstein'")
    for address in addresses:
        if address == "/":
            visitor.sign_in(page, portal.address, classroom)
        answer = page.goto(portal.address + address)
        assert answer and answer.ok, address
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{address} is {width} pixels wide"
