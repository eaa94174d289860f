"""The records by days, by student and by column, kept as a filter under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.acceptance.journeys.steps import go, judge, meet, press, told
from tests.acceptance.journeys.test_course_rules import mark_weeks
from tests.acceptance.test_course_pages import hold_weekly
from tests.fixtures import visitor
from tests.fixtures.open_portal import Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_records_are_looked_at_by_days_students_and_columns_and_kept_under_a_name(
    portal: Portal, open_screen: Callable[[], Page]
) -> None:
    hold_weekly(portal.classroom, 3)
    mark_weeks(portal, "S1001", "present", "present", "present")
    mark_weeks(portal, "S1002", "absent", "present", "absent")
    portal.mark("S1001")
    page = open_screen()
    visitor.sign_in(page, portal.address, portal.classroom)
    go(page, "Records")
    meet(page, "Records")
    assert "7 marks" in told(page)

    a_day_is_one_tap_away(page)
    the_term_is_grouped_by_student(page)
    only_some_columns_are_shown(page)
    the_filter_is_kept_and_comes_back_by_its_name(page)
    it_is_renamed_and_deleted(page)


def unfold(page: Page) -> None:
    """On a phone the filters are folded away."""
    if not page.get_by_label("Status", exact=True).is_visible():
        page.get_by_text("Filters").click()


def settle(page: Page) -> None:
    """Until what was chosen is found."""
    page.locator(".htmx-request, .htmx-swapping, .htmx-settling").wait_for(state="detached")


def day_of(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Days").get_by_role("link", name=name, exact=True).click()


def a_day_is_one_tap_away(page: Page) -> None:
    day_of(page, "Today")
    page.get_by_text("1 mark", exact=True).wait_for()
    judge(page)
    assert visitor.row_of(page, "Grace Hopper").count() == 1
    day_of(page, "This term")
    page.get_by_text("7 marks").wait_for()


def the_term_is_grouped_by_student(page: Page) -> None:
    unfold(page)
    page.get_by_label("Group by").select_option(label="Student")
    page.wait_for_url("**group=student*")
    settle(page)
    judge(page)
    for name, percent in (("Grace Hopper", "100"), ("Eileen Collins", "33")):
        assert visitor.row_of(page, name).get_by_role("cell").first.inner_text() == percent
    page.get_by_role("main").get_by_role("link", name="Eileen Collins").click()
    page.get_by_text("3 marks").wait_for()


def only_some_columns_are_shown(page: Page) -> None:
    unfold(page)
    page.get_by_label("Status", exact=True).select_option(label="Absent")
    page.wait_for_url("**status=absent*")
    page.get_by_text("Columns", exact=True).click()
    for column in ("Session", "Student", "Status"):
        page.get_by_label(f"{column} column").check()
        page.wait_for_url(f"**columns={column.lower()}*")
    settle(page)
    judge(page)
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [each.rstrip("↓").strip() for each in heads] == ["Session", "Student", "Status"]
    assert visitor.row_of(page, "Eileen Collins").count() == 2


def the_filter_is_kept_and_comes_back_by_its_name(page: Page) -> None:
    page.get_by_text("Keep this filter").click()
    page.get_by_label("Name", exact=True).first.fill("Eileen away")
    press(page, "Keep")
    page.get_by_role("status").get_by_text("Kept as “Eileen away”.").wait_for()
    judge(page)
    go(page, "Records")
    page.get_by_text("7 marks").wait_for()
    page.get_by_role("navigation", name="My filters").get_by_role("link", name="Eileen away").click()
    page.get_by_text("2 marks").wait_for()
    judge(page)
    assert page.get_by_role("columnheader").count() == 3


def it_is_renamed_and_deleted(page: Page) -> None:
    page.get_by_text("Change my filters").click()
    page.get_by_label("Name", exact=True).last.fill("Away")
    press(page, "Rename")
    page.get_by_role("status").get_by_text("It is called “Away” now.").wait_for()
    page.get_by_text("Change my filters").click()
    judge(page)
    press(page, "Delete Away")
    page.get_by_role("status").get_by_text("“Away” is deleted.").wait_for()
    assert page.get_by_role("navigation", name="My filters").count() == 0
