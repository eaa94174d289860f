"""A lecturer plans single class sessions: moves, cancels, calls back and adds one, and changes its late limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, told
from tests.fixtures import visitor
from tests.fixtures.classroom import ROOM
from tests.fixtures.open_portal import Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

COURSE = "DEMO 101"
FOCUSED = """() => {
    const part = document.activeElement;
    return (part.labels?.[0] ?? part).textContent.trim().replace(/\\s+/g, ' ');
}"""
"""What the part with the focus is called."""
IS_SEEN = """() => ['', '::after'].some(
    part => getComputedStyle(document.activeElement, part).outlineStyle !== 'none')"""
"""Whether a line around it shows where the focus is; around a card where a link stands for all of it."""


def take_room(portal: Portal, starts_at: datetime) -> None:
    """Another course meets in the room, for an hour."""
    (one,) = portal.classroom.rows("SELECT room_id FROM class_session")
    ends_at = starts_at + timedelta(hours=1)
    with portal.classroom.transaction() as connection:
        course = connection.exec_driver_sql("INSERT INTO course (code, title) VALUES ('ALG 2', 'Algebra')").lastrowid
        connection.exec_driver_sql(
            "INSERT INTO class_session (course_id, room_id, starts_at, ends_at, day) VALUES (?, ?, ?, ?, ?)",
            (course, one["room_id"], str(starts_at), str(ends_at), str(starts_at.date())),
        )


def see_now(portal: Portal, number: str) -> None:
    """A camera sees the student for the first time, and has marked them."""
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    (one,) = portal.classroom.rows("SELECT room_id FROM class_session WHERE id = :key", key=portal.classroom.session_id)
    portal.mark(number)
    with portal.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO evidence (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at,"
            " minutes, distance) VALUES (?, ?, ?, 'front', ?, ?, ?, ?, 0.3)",
            (
                *(portal.classroom.session_id, portal.classroom.student_id(number), one["room_id"]),
                *(str(now.replace(minute=0, second=0)), str(now), str(now), 2**now.minute),
            ),
        )


def at(hour: int) -> datetime:
    """That hour of the day after tomorrow."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=2)
    return day + timedelta(hours=hour)


def test_a_lecturer_moves_cancels_and_adds_a_class_session_and_sees_first_what_is_in_the_way(
    portal: Portal, open_screen: Callable[[], Page]
) -> None:
    take_room(portal, at(10))
    page = open_screen()
    visitor.sign_in(page, portal.address, portal.classroom)
    meet(page, "Today")
    visitor.open_register(page, portal.classroom)
    judge(page)

    whoever_has_just_come_is_late_by_another_limit(page, portal)
    it_moves_where_nothing_is_in_the_way(page)
    it_is_cancelled_and_takes_place_after_all(page)
    one_more_is_added(page)


def change_times(page: Page, starts: str, ends: str) -> None:
    page.get_by_label("Day").fill(f"{at(0):%Y-%m-%d}")
    page.get_by_label("From").fill(starts)
    page.get_by_label("To", exact=True).fill(ends)


def whoever_has_just_come_is_late_by_another_limit(page: Page, portal: Portal) -> None:
    """Five minutes after the start; before, fifteen were not too many."""
    see_now(portal, "S1001")
    visitor.wait_for_status(page, "Grace Hopper", "Present")
    follow(page, "Move or cancel")
    meet(page, f"Change {COURSE}")
    page.get_by_label("Late after minutes").fill("3")
    press(page, "Save")
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    judge(page)
    visitor.wait_for_status(page, "Grace Hopper", "Late")


def it_moves_where_nothing_is_in_the_way(page: Page) -> None:
    follow(page, "Move or cancel")
    change_times(page, "09:30", "10:30")
    press(page, "Save")
    page.get_by_text("Nothing is saved yet: it clashes.").wait_for()
    judge(page)
    assert f"{ROOM} is taken by ALG 2, 10:00–11:00" in told(page)
    change_times(page, "11:00", "12:00")
    press(page, "Save")
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    judge(page)
    assert "11:00 – 12:00" in told(page)


def it_is_cancelled_and_takes_place_after_all(page: Page) -> None:
    follow(page, "Move or cancel")
    press(page, "Cancel this class session")
    page.get_by_text("Ada Byron cancelled it on").wait_for()
    judge(page)
    follow(page, "Move or cancel")
    meet(page, "It is cancelled")
    press(page, "It takes place after all")
    page.get_by_role("status").get_by_text("It takes place again.").wait_for()
    assert "cancelled" not in told(page)


def one_more_is_added(page: Page) -> None:
    go(page, "Today")
    meet(page, "Nothing today")
    follow(page, "Add a class session")
    meet(page, "Add a class session")
    change_times(page, "14:00", "15:30")
    page.get_by_label("Room").select_option(label=ROOM)
    press(page, "Add it")
    page.get_by_role("status").get_by_text(f"Added: {COURSE}.").wait_for()
    judge(page)
    lines = page.get_by_role("main").get_by_role("listitem").filter(has_text=COURSE)
    assert [lines.nth(place).locator("b").first.inner_text() for place in range(lines.count())] == ["11:00", "14:00"]
    follow(page, "Add a class session")
    # The day that was looked at.
    assert page.get_by_label("Day").input_value() == f"{at(0):%Y-%m-%d}"


def test_a_class_session_is_added_and_cancelled_wholly_by_keyboard(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    keys = page.keyboard
    visitor.sign_in(page, portal.address, portal.classroom)
    page.goto(f"{portal.address}/?day={at(0):%Y-%m-%d}")
    tab_to(page, "Add a class session")
    keys.press("Enter")
    page.get_by_role("heading", name="Add a class session").wait_for()
    page.wait_for_load_state()
    # Where the browser's clock has twelve hours, of the morning.
    for label, typed in (("From", "1000a"), ("To", "1130a")):
        tab_to(page, label)
        keys.type(typed)
    tab_to(page, "Late after minutes")
    keys.type("5")
    keys.press("Enter")
    page.get_by_role("status").get_by_text(f"Added: {COURSE}.").wait_for()
    page.wait_for_load_state()
    assert "– 11:30" in told(page)

    tab_to(page, f"{COURSE} Demonstrations")
    keys.press("Enter")
    page.get_by_role("link", name="Move or cancel").wait_for()
    page.wait_for_load_state()
    tab_to(page, "Move or cancel")
    keys.press("Enter")
    page.get_by_role("heading", name=f"Change {COURSE}").wait_for()
    page.wait_for_load_state()
    assert page.get_by_label("Late after minutes").input_value() == "5"
    tab_to(page, "Cancel this class session")
    keys.press("Enter")
    page.get_by_text("Ada Byron cancelled it on").wait_for()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has that name, or that label, has the focus, and shows it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            assert page.evaluate(IS_SEEN)
            return
    raise AssertionError(f"Tab does not lead to {name}.")
