"""What was changed is found again: by a lecturer in their own changes, by staff in the trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, sign_in_as, told
from tests.fixtures import visitor
from tests.fixtures.open_portal import COLLEAGUE, Portal, open_register

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_lecturer_finds_in_their_own_changes_what_still_stands(
    portal: Portal, open_screen: Callable[[], Page]
) -> None:
    portal.add_colleague()
    page, colleagues = open_screen(), open_screen()
    open_register(page, portal)
    visitor.correct(page, "Grace Hopper", to="Excused", reason="Called away by the navy")
    visitor.correct(page, "Eileen Collins", to="Late", reason="The bus")
    visitor.correct(page, "Zoë Nováková", to="Absent", reason="Nobody saw her")
    page.get_by_role("button", name="Undo: Zoë Nováková is now absent").click()
    visitor.wait_for_status(page, "Zoë Nováková", "Missing")
    sign_in_as(colleagues, portal, COLLEAGUE)
    visitor.open_register(colleagues, portal.classroom)
    visitor.correct(colleagues, "Eileen Collins", to="Present", reason="She was at the back")

    go(page, "Records")
    follow(page, "My changes")
    meet(page, "My changes")
    grace, eileen, zoe = (change_of(page, name) for name in ("Grace Hopper", "Eileen Collins", "Zoë Nováková"))
    assert "“Called away by the navy”" in grace
    assert "Stands" in grace
    assert "Sam Registrar" in eileen
    assert "taken back" in zoe.lower()
    page.get_by_role("main").get_by_role("link", name="Grace Hopper").click()
    meet(page, "Why this mark?")


def change_of(page: Page, student: str) -> str:
    """What the page says of the first word on the student."""
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=student).last.inner_text()


def test_staff_find_in_the_trail_who_changed_what_and_when(portal: Portal, open_screen: Callable[[], Page]) -> None:
    portal.add_colleague()
    page = open_screen()
    open_register(page, portal)
    visitor.correct(page, "Grace Hopper", to="Excused", reason="Called away by the navy")
    press(page, "Sign out")
    sign_in_as(page, portal, COLLEAGUE)
    the_office_renames_a_student(page)
    follow(page, "Who changed this student")
    meet(page, "Who changed what")
    assert "name: Eileen Collins → Eileen Collins-Youngs" in told(page)
    assert "Sam Registrar · registrar@example.edu" in told(page)
    the_trail_is_searched(page)


def the_office_renames_a_student(page: Page) -> None:
    go(page, "Term")
    page.get_by_label("Find a student by number or name").fill("collins")
    press(page, "Find")
    page.get_by_role("main").get_by_role("link", name="S1002").first.click()
    page.get_by_label("Full name").fill("Eileen Collins-Youngs")
    press(page, "Save")
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    judge(page)


def the_trail_is_searched(page: Page) -> None:
    go(page, "Term")
    follow(page, "Who changed what")
    page.get_by_label("Who changed it").fill("nobody of this name")
    press(page, "Find")
    meet(page, "No such change")
    follow(page, "Clear")
    page.get_by_label("Kind").select_option(label="Marks")
    page.get_by_label("Who changed it").fill("byron")
    press(page, "Find")
    page.get_by_text("“Called away by the navy”").wait_for()
    judge(page)
    assert "Grace Hopper" in told(page)
    assert "Eileen" not in told(page)
