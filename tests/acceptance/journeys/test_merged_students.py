"""A student who is in the portal under two numbers becomes one, and two again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, sign_in_as, told
from tests.acceptance.test_exception_pages import hold_lesson
from tests.fixtures import visitor
from tests.fixtures.open_portal import COLLEAGUE, Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

COURSE = "DEMO 101"


def add_second_number(portal: Portal) -> None:
    """Under which a camera saw Grace Hopper."""
    with portal.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO student (number, folded_number, full_name, plain_name)"
            " VALUES ('N2002', 'n2002', 'Grace B. Hopper', 'grace b. hopper')"
        )


def test_two_numbers_of_one_student_are_merged_count_as_one_and_are_separated_again(
    portal: Portal, open_screen: Callable[[], Page]
) -> None:
    portal.add_colleague()
    add_second_number(portal)
    hold_lesson(portal.classroom, "N2002")
    page = open_screen()
    sign_in_as(page, portal, COLLEAGUE)
    assert_status(page, portal, "Absent")

    the_office_sees_both_before_it_merges_them(page)
    assert "also N2002" in told(page)
    judge(page)
    assert_status(page, portal, "Present")

    they_are_separated_on_the_same_page(page)
    assert_status(page, portal, "Absent")


def assert_status(page: Page, portal: Portal, status: str) -> None:
    """What the register of the lesson says of the number that is on the roster."""
    page.goto(f"{portal.address}/sessions/{portal.classroom.session_id}/")
    visitor.wait_for_status(page, "S1001", status)


def open_student(page: Page) -> None:
    """Over the office's list."""
    go(page, "Term")
    page.get_by_label("Find a student by number or name").fill("hopper")
    press(page, "Find")
    meet(page, "Students")
    page.get_by_role("main").get_by_role("link", name="S1001").first.click()
    meet(page, "Grace Hopper")


def the_office_sees_both_before_it_merges_them(page: Page) -> None:
    open_student(page)
    follow(page, "Merge…")
    meet(page, "Merge with another number")
    page.get_by_label("The person's other number").fill("n2002")
    press(page, "Show both")
    meet(page, "Are these one person?")
    assert "Grace B. Hopper (N2002)" in told(page)
    press(page, "Merge N2002 into S1001")
    page.get_by_text("stands for N2002 too. 1 class session knew both").wait_for()


def they_are_separated_on_the_same_page(page: Page) -> None:
    open_student(page)
    press(page, "Separate N2002")
    page.get_by_text("stands alone again. 1 class session knew both").wait_for()
    judge(page)
