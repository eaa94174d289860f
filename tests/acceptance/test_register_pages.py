"""The register in a real browser: it fills by itself, loses nothing that was typed, and suits every screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import visitor
from tests.fixtures.open_portal import Portal, open_register
from tests.fixtures.patience import long, only_long

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

LONG_NAME = "W" * 200

BROKEN = """() => {
    const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest('.spoken, svg') || !node.parentElement.checkVisibility()) continue;
        for (const word of node.data.matchAll(/\\p{L}+/gu)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word[0]);
        }
    }
    return found;
}"""
"""The words that begin in one line and end in another."""


def test_a_register_fills_by_itself_and_keeps_what_is_typed(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    open_register(page, portal)
    page.get_by_text("Reason for the marks you make").click()
    page.get_by_label("Another reason").fill("The bus was")
    portal.mark("S1001")
    visitor.wait_for_status(page, "Grace Hopper", "Present")
    assert page.get_by_label("Another reason").input_value() == "The bus was"
    assert page.evaluate("document.activeElement.id") == "own-reason"


def test_a_correction_is_undone_from_the_message_that_reports_it(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    open_register(page, portal)
    visitor.correct(page, "Grace Hopper", to="Absent", reason="Mistaken for another")
    page.get_by_role("button", name="Undo: Grace Hopper is now absent").click()
    visitor.wait_for_status(page, "Grace Hopper", "Missing")


def test_a_register_is_taken_wholly_by_keyboard(portal: Portal, browser_page: Page) -> None:
    page, keyboard = browser_page, browser_page.keyboard
    open_register(page, portal)
    keyboard.press("/")
    with page.expect_response(lambda answer: "q=hopper" in answer.url):
        keyboard.type("hopper")
    visitor.row_of(page, "Eileen Collins").wait_for(state="hidden")
    page.wait_for_function("!document.querySelector('.htmx-request')")
    keyboard.press("Enter")
    keyboard.press("l")
    visitor.wait_for_status(page, "Grace Hopper", "Late")
    page.locator("#messages").get_by_text("Grace Hopper is now late.").wait_for()
    page.locator(".row:focus", has_text="Grace Hopper").wait_for()
    assert page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
    keyboard.press("u")
    page.locator("#messages").get_by_text("Taken back: Grace Hopper is missing again.").wait_for()
    visitor.wait_for_status(page, "Grace Hopper", "Missing")

    keyboard.press("/")
    # The list of everybody comes in the server's order, with who has no answer first.
    with page.expect_response(lambda answer: "q=" in answer.url):
        keyboard.press("Delete")
    visitor.row_of(page, "Eileen Collins").wait_for()
    page.locator(".htmx-request").wait_for(state="detached")
    for key, name in (("ArrowDown", "Eileen Collins"), ("j", "Grace Hopper"), ("ArrowUp", "Eileen Collins")):
        keyboard.press(key)
        page.locator(".row:focus", has_text=name).wait_for()
    for key, status in (("p", "Present"), ("a", "Absent"), ("e", "Excused")):
        keyboard.press(key)
        visitor.wait_for_status(page, "Eileen Collins", status)

    keyboard.press("Shift+?")
    assert page.get_by_role("dialog").is_visible()
    keyboard.press("Escape")
    keyboard.press("Enter")
    page.get_by_role("heading", name="Why this mark?").wait_for()
    assert "What would change it" in page.get_by_role("main").inner_text()


def test_a_guest_who_is_looked_for_stands_on_a_phones_screen_whatever_is_told_above(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    with portal.classroom.transaction() as connection:
        connection.exec_driver_sql(
            f"DELETE FROM roster_entry WHERE student_id = {portal.classroom.student_id('S1002')}"
        )
    page = open_page(viewport={"width": 390, "height": 800})
    open_register(page, portal)
    told = page.get_by_role("link", name="Take the register by hand")
    assert told.is_visible()
    page.get_by_role("searchbox").fill("collins")
    button = page.get_by_role("button", name="Add as a guest")
    button.wait_for()
    page.locator(".htmx-request").wait_for(state="detached")
    box = button.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 800
    page.get_by_role("searchbox").fill("")
    told.wait_for()


@only_long
def test_leaving_with_a_correction_that_is_not_saved_asks(portal: Portal, browser_page: Page) -> None:
    page, asked = browser_page, []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    open_register(page, portal)
    visitor.correct(page, "Eileen Collins", to="Excused", reason="Letter")
    page.reload()
    assert asked == []
    visitor.row_of(page, "Grace Hopper").get_by_role("link", name="Grace Hopper").click()
    page.get_by_role("heading", name="Changes").wait_for()
    page.get_by_label("Reason", exact=True).fill("Typed and not saved")
    page.reload()
    assert asked == ["beforeunload"]


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


@only_long
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


@pytest.mark.parametrize("because", ["blind", long("not enrolled", name="not enrolled")])
@pytest.mark.parametrize("width", [390, long(1280, name="1280")])
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


@pytest.mark.parametrize("language", ["de-DE", long("en-GB", name="English"), long("fr-FR", name="French")])
def test_a_phones_keyboard_leaves_the_button_in_sight_that_keeps_or_renames_a_filter(
    portal: Portal, open_page: Callable[..., Page], language: str
) -> None:
    portal.mark("S1001")
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale=language)
    page.goto(portal.address)
    page.locator("#id_username").fill(portal.classroom.lecturer_email)
    page.locator("#id_password").fill(portal.classroom.lecturer_password)
    page.locator("#id_password").press("Enter")
    page.get_by_role("link", name=portal.classroom.course_code).first.wait_for()
    page.goto(f"{portal.address}/records/?status=present")

    def is_in_its_line(form: str) -> bool:
        """The browser brings the field into sight, above the keyboard, and no more than its line."""
        page.locator(f"{form} summary").click()
        boxes = [page.locator(f"{form} {part}").first.bounding_box() for part in ("input[name=name]", "button")]
        field, button = (box for box in boxes if box)
        is_apart = field["x"] + field["width"] + 4 <= button["x"]
        return is_apart and field["y"] <= button["y"] + button["height"] / 2 <= field["y"] + field["height"]

    assert is_in_its_line(".record-tools details:has(input)")
    page.locator("#filter-name").fill("Those who came")
    page.locator("#filter-name + button").tap()
    page.get_by_role("link", name="Those who came").wait_for()
    assert is_in_its_line(".kept-filters")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@only_long
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


@pytest.mark.parametrize("language", ["fr-FR", long("de-DE", name="German"), long("en-GB", name="English")])
def test_a_phone_breaks_no_word_of_a_register_in_two_though_undo_stands_beside_it(
    portal: Portal, open_page: Callable[..., Page], language: str
) -> None:
    with portal.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO student (number, folded_number, full_name, plain_name)"
            " VALUES ('G1', 'g1', 'Gus Guest', 'gus guest')"
        )
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale=language)
    page.goto(portal.address)
    page.locator("#id_username").fill(portal.classroom.lecturer_email)
    page.locator("#id_password").fill(portal.classroom.lecturer_password)
    page.locator("#id_password").press("Enter")
    page.get_by_role("link", name=portal.classroom.course_code).first.click()
    page.wait_for_load_state()
    portal.mark("S1001")
    page.locator("#guest").fill("G1")
    page.locator("#guest").press("Enter")
    visitor.row_of(page, "Gus Guest").locator(".undo").wait_for()
    for student, status in (("Grace Hopper", "late"), ("Eileen Collins", "excused")):
        visitor.row_of(page, student).locator(f"button.{status}").click()
        visitor.row_of(page, student).locator(".undo").wait_for()
    assert page.evaluate(BROKEN) == []
    for row in page.locator(".row:has(.undo)").all():
        undo, status = row.locator(".undo").bounding_box(), row.locator(".status").bounding_box()
        assert undo
        assert status
        is_beside = undo["x"] >= status["x"] + status["width"]
        assert is_beside or undo["y"] + undo["height"] <= status["y"] + 1, row.inner_text()


@pytest.mark.parametrize("language", ["en-GB", long("de-DE", name="German"), long("fr-FR", name="French")])
def test_a_phone_shows_the_course_and_who_is_here_before_when_and_where_and_every_group_whole(
    portal: Portal, open_page: Callable[..., Page], language: str
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale=language)
    page.goto(portal.address)
    page.locator("#id_username").fill(portal.classroom.lecturer_email)
    page.locator("#id_password").fill(portal.classroom.lecturer_password)
    page.locator("#id_password").press("Enter")
    page.get_by_role("link", name=portal.classroom.course_code).first.click()
    visitor.row_of(page, "Grace Hopper").wait_for()
    tops = [page.locator(f"main {part}").bounding_box() for part in ("h1", ".tally", "#room", "#rows")]
    places = [box["y"] for box in tops if box]
    assert places == sorted(places)
    for group in page.locator(".groups a").all():
        box = group.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390, group.inner_text()
