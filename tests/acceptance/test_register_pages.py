"""The register in a real browser: it fills by itself, loses nothing that was typed, and suits every screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

LONG_NAME = "W" * 200


@dataclass(frozen=True)
class Portal:
    """A running portal and what it shows."""

    address: str
    classroom: Classroom

    def mark(self, number: str) -> None:
        """A mark as a camera writes it now."""
        with self.classroom.transaction() as connection:
            connection.exec_driver_sql(
                "INSERT INTO mark (session_id, student_id, status, source, first_seen_at, last_seen_at, on_roster)"
                " VALUES (?, ?, 'present', 'camera', datetime('now'), datetime('now'), 1)",
                (self.classroom.session_id, self.classroom.student_id(number)),
            )


@pytest.fixture
def portal(
    migrated_sqlite: Path, classroom_in: Callable[[str], Classroom], portal_server: Callable[[str], str]
) -> Portal:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    return Portal(portal_server(classroom.database_url), classroom)


def open_register(page: Page, portal: Portal) -> None:
    visitor.sign_in(page, portal.address, portal.classroom)
    visitor.open_register(page, portal.classroom)


def choose(page: Page, student: str, status: str, reason: str = "") -> None:
    """Tap a letter in the student's row without saving it."""
    row = visitor.row_of(page, student)
    row.get_by_title(status, exact=True).click()
    row.get_by_label("Reason", exact=True).fill(reason)


def test_a_register_fills_by_itself_and_leaves_the_row_that_is_worked_on_alone(
    portal: Portal, browser_page: Page
) -> None:
    page = browser_page
    open_register(page, portal)
    choose(page, "Grace Hopper", "Late", "The bus was")
    portal.mark("S1001")
    portal.mark("S1002")
    visitor.wait_for_status(page, "Eileen Collins", "Present")
    row = visitor.row_of(page, "Grace Hopper")
    assert row.get_by_label("Reason", exact=True).input_value() == "The bus was"
    assert row.locator(".status").inner_text() == "Expected"
    row.get_by_role("button", name="Cancel").click()
    page.get_by_role("searchbox").focus()
    visitor.wait_for_status(page, "Grace Hopper", "Present")


def test_a_correction_is_undone_from_the_message_that_reports_it(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    open_register(page, portal)
    visitor.correct(page, "Grace Hopper", to="Absent", reason="Mistaken for another")
    page.get_by_role("button", name="Undo: Grace Hopper is now absent").click()
    visitor.wait_for_status(page, "Grace Hopper", "Expected")


def test_after_a_correction_by_keyboard_undo_is_the_control_before(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    open_register(page, portal)
    row = visitor.row_of(page, "Grace Hopper")
    row.get_by_role("link", name="Grace Hopper").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("The bus was late")
    page.keyboard.press("Enter")
    visitor.wait_for_status(page, "Grace Hopper", "Late")
    page.wait_for_function("document.activeElement.checked && document.activeElement.value === 'late'")

    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Undo your “late” of Grace Hopper"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    visitor.wait_for_status(page, "Grace Hopper", "Expected")
    assert "Taken back: Grace Hopper is expected again." in page.locator("#messages").inner_text()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Grace Hopper"
    assert not row.get_by_role("button", name="Undo").count()


def test_leaving_with_an_unsaved_letter_asks_and_without_one_does_not(portal: Portal, browser_page: Page) -> None:
    page, asked = browser_page, []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    open_register(page, portal)
    visitor.correct(page, "Eileen Collins", to="Excused", reason="Letter")
    page.reload()
    assert asked == []
    choose(page, "Grace Hopper", "Late", "The bus")
    page.reload()
    assert asked == ["beforeunload"]
    choose(page, "Grace Hopper", "Late")
    visitor.row_of(page, "Grace Hopper").get_by_role("button", name="Cancel").click()
    visitor.row_of(page, "Grace Hopper").get_by_role("link", name="Grace Hopper").click()
    page.get_by_role("heading", name="Changes").wait_for()
    page.get_by_label("Reason", exact=True).fill("Typed and not saved")
    page.reload()
    assert asked == ["beforeunload"] * 2


def test_signing_out_elsewhere_in_the_middle_of_a_correction_loses_nothing(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    open_register(page, portal)
    choose(page, "Grace Hopper", "Late", "The bus was late")
    other = page.context.new_page()
    other.goto(portal.address)
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("button", name="Sign in").wait_for()
    other.close()
    visitor.row_of(page, "Grace Hopper").get_by_role("button", name="Save").click()
    page.get_by_label("E-mail").fill(portal.classroom.lecturer_email)
    page.get_by_label("Password").fill(portal.classroom.lecturer_password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Not saved yet.").wait_for()
    assert page.get_by_label("Reason", exact=True).input_value() == "The bus was late"
    page.get_by_role("button", name="Save the correction").click()
    visitor.wait_for_status(page, "Grace Hopper", "Late")


def test_the_devices_time_zone_is_offered_where_it_differs_and_a_no_is_remembered(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, timezone_id="Asia/Tokyo")
    visitor.sign_in(page, portal.address, portal.classroom)
    offer = page.locator("#zone-offer")
    assert "Times are shown in UTC; this device is in Asia/Tokyo." in offer.inner_text()
    offer.get_by_role("button", name="Not now").click()
    page.reload()
    assert not offer.is_visible()
    page.evaluate("localStorage.clear()")
    page.reload()
    offer.get_by_role("button", name="Asia/Tokyo").click()
    page.get_by_text("Times are now in Asia/Tokyo.").wait_for()
    assert not offer.is_visible()
    assert "Times are in Asia/Tokyo." in page.get_by_role("main").inner_text()


def test_forced_colours_show_the_current_tab_and_the_current_group(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900}, forced_colors="active")
    open_register(page, portal)
    look = "(part) => { const s = getComputedStyle(part); return [s.borderBottomColor, s.backgroundColor, s.color] }"
    visitor.correct(page, "Grace Hopper", to="Absent", reason="Was not here")
    group, other_group = page.locator(".groups a[aria-current]"), page.locator(".groups a:not([aria-current])").first
    assert group.evaluate(look) != other_group.evaluate(look)
    tab, other_tab = page.locator(".tab[aria-current]"), page.locator(".tab:not([aria-current])").first
    assert tab.evaluate(look)[0] != other_tab.evaluate(look)[0]


@pytest.mark.parametrize("because", ["blind", "not enrolled"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_reason_however_long_leaves_the_records_their_dates_in_one_line(
    portal: Portal, open_page: Callable[..., Page], width: int, because: str
) -> None:
    with portal.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mark (session_id, student_id, status, source, because, on_roster)"
            " VALUES (?, ?, 'unseen', 'closing', ?, 1)",
            (portal.classroom.session_id, portal.classroom.student_id("S1001"), because),
        )
    page = open_page(viewport={"width": width, "height": 844})
    visitor.sign_in(page, portal.address, portal.classroom)
    page.goto(f"{portal.address}/records/")
    box = page.locator("td.c-session a").bounding_box()
    assert box
    assert box["height"] < 30


@pytest.mark.parametrize("width", [390, 1280])
def test_a_name_of_200_letters_widens_no_page(portal: Portal, open_page: Callable[..., Page], width: int) -> None:
    page, classroom = open_page(viewport={"width": width, "height": 844}), portal.classroom
    room = classroom.rows("SELECT id FROM room")[0]["id"]
    student = f"/sessions/{classroom.session_id}/students/{classroom.student_id('S1001')}/"
    portal.mark("S1001")
    visitor.sign_in(page, portal.address, classroom)
    with classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE student SET full_name = ?", (LONG_NAME,))
        connection.exec_driver_sql("UPDATE account SET is_staff = 1")
        connection.exec_driver_sql("UPDATE course SET title = ?", (LONG_NAME,))
        connection.exec_driver_sql("UPDATE account SET name = ?", (LONG_NAME,))
        connection.exec_driver_sql("UPDATE room SET name = ?", (LONG_NAME[:64],))
        connection.exec_driver_sql(
            "UPDATE class_session SET ends_at = datetime('now'), starts_at = datetime('now', '-10 minutes')"
        )
    register = f"/sessions/{classroom.session_id}/"
    pages = ["/", register, f"{register}check/", student, f"/rooms/{room}/", "/records/", "/account/profile/"]
    course = classroom.rows("SELECT id FROM course")[0]["id"]
    pages += [f"/admin/attendance/{name}/" for name in ("student", "course", "room", "classsession", "mark")]
    pages += [f"/admin/attendance/course/{course}/change/", f"/admin/attendance/room/{room}/change/"]
    pages += [f"/admin/attendance/{name}/{classroom.session_id}/change/" for name in ("classsession", "student")]
    for address in pages:
        answer = page.goto(portal.address + address)
        assert answer and answer.ok, address
        shown = page.evaluate("document.documentElement.scrollWidth")
        assert shown <= width, f"{address} is {shown} pixels wide"
