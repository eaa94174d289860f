"""The office makes a term's class sessions of a weekly slot, and changes the slot once a week of it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, sign_in_as, told
from tests.fixtures.classroom import ROOM
from tests.fixtures.open_portal import COLLEAGUE, Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

COURSE = "DEMO 101"


def a_week_passes(portal: Portal) -> None:
    """All that is planned is a week nearer, or a week further ago."""
    days = {"term": ("first_day", "last_day"), "class_session": ("day", "slot_day")}
    instants = ("starts_at", "ends_at")
    with portal.classroom.transaction() as connection:
        for table, names in days.items():
            moved = ", ".join(f"{name} = date({name}, '-7 days')" for name in names)
            connection.exec_driver_sql(f"UPDATE {table} SET {moved}")
        moved = ", ".join(f"{name} = datetime({name}, '-7 days')" for name in instants)
        connection.exec_driver_sql(f"UPDATE class_session SET {moved}")


def fill_slot(page: Page, day: date, starts: str, ends: str) -> None:
    page.get_by_label("Course").select_option(label=f"{COURSE} Demonstrations")
    page.get_by_label("Room").select_option(label=ROOM)
    page.get_by_label("Weekday").select_option(label=f"{day:%A}")
    page.get_by_label("From").fill(starts)
    page.get_by_label("To", exact=True).fill(ends)


def test_a_weekly_slot_makes_a_term_and_its_change_leaves_what_is_over_as_it_was(
    portal: Portal, open_screen: Callable[[], Page]
) -> None:
    portal.add_colleague()
    page, day = open_screen(), datetime.now(UTC).date() + timedelta(days=2)
    sign_in_as(page, portal, COLLEAGUE)
    go(page, "Term")
    meet(page, "Set up a term")
    follow(page, "Terms, weekly slots, closures")
    meet(page, "No term yet")

    the_term_is_added(page, day)
    the_slot_shows_what_it_makes_before_it_is_saved(page, day)
    another_is_told_what_is_in_its_way(page, day)
    a_week_passes(portal)
    only_what_is_to_come_is_changed(page, day)
    the_register_of_last_week_says_the_time_of_then(page, portal, day - timedelta(weeks=1))


def the_term_is_added(page: Page, day: date) -> None:
    follow(page, "Add a term")
    meet(page, "Add a term")
    page.get_by_label("Name").fill("Winter")
    page.get_by_label("First day").fill(str(day))
    page.get_by_label("Last day").fill(str(day + timedelta(weeks=3)))
    press(page, "Save")
    meet(page, "No weekly slot yet")


def the_slot_shows_what_it_makes_before_it_is_saved(page: Page, day: date) -> None:
    follow(page, "Add a weekly slot")
    meet(page, "Add a weekly slot")
    fill_slot(page, day, "10:00", "11:00")
    press(page, "Show what it does")
    page.get_by_text("Nothing is saved yet. Class sessions: 4 added.").wait_for()
    judge(page)
    assert page.get_by_role("listitem").filter(has_text="New").count() == 4
    press(page, "Save it")
    page.get_by_text("Class sessions: 4 added.").wait_for()
    judge(page)
    assert f"{day:%A}" in told(page)
    assert "10:00–11:00" in told(page)
    assert "4 to come" in told(page)


def another_is_told_what_is_in_its_way(page: Page, day: date) -> None:
    follow(page, "Add a weekly slot")
    fill_slot(page, day, "10:30", "12:00")
    press(page, "Show what it does")
    page.get_by_text("4 clashes:").wait_for()
    judge(page)
    assert f"{ROOM} is taken by {COURSE}, 10:00–11:00" in told(page)
    follow(page, "Leave it as it is")
    page.get_by_text("4 to come").wait_for()
    assert "10:30" not in told(page)


def only_what_is_to_come_is_changed(page: Page, day: date) -> None:
    page.reload()
    page.get_by_text("3 to come").wait_for()
    page.get_by_role("link", name=f"Change {COURSE}").click()
    meet(page, f"Change {COURSE}")
    page.get_by_label("To", exact=True).fill("11:30")
    press(page, "Show what it does")
    page.get_by_text("Nothing is saved yet. Class sessions: 3 changed.").wait_for()
    judge(page)
    assert page.get_by_role("listitem").filter(has_text="Changed").count() == 3
    press(page, "Save it")
    page.get_by_text("Class sessions: 3 changed.").wait_for()
    assert "10:00–11:30" in told(page)


def the_register_of_last_week_says_the_time_of_then(page: Page, portal: Portal, day: date) -> None:
    for weeks, times in ((0, "– 11:00"), (1, "– 11:30")):
        page.goto(f"{portal.address}/?day={day + timedelta(weeks=weeks)}")
        judge(page)
        assert times in told(page)
