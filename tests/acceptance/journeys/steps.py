"""What the journeys have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fixtures import axe, layout, visitor
from tests.fixtures.open_portal import Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def meet(page: Page, heading: str) -> None:
    """Come to the page that has this heading, which is for everybody and as wide as the window."""
    page.get_by_role("heading", name=heading).first.wait_for()
    judge(page)


def judge(page: Page) -> None:
    """The page that is shown is for everybody, as wide as the window, and has nothing cut off or glued together."""
    page.wait_for_load_state()
    wide, window = page.evaluate(WIDTHS)
    assert wide <= window, f"{page.url} is {wide} pixels wide"
    found = layout.faults_of(page) + axe.violations_of(page)
    assert not found, f"{page.url}: {found}"


def told(page: Page) -> str:
    """The text of the page."""
    return page.get_by_role("main").inner_text()


def sign_in_as(page: Page, portal: Portal, email: str) -> None:
    """Everybody of the portal has the lecturer's password."""
    page.goto(portal.address)
    visitor.fill_sign_in(page, email, portal.classroom.lecturer_password)


def go(page: Page, tab: str) -> None:
    """To one of the pages that are at the head of each."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=tab, exact=True).click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
