"""A lecturer changes what counts in a course, and sees first what it does to the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, told
from tests.acceptance.test_course_pages import hold_weekly
from tests.fixtures import visitor
from tests.fixtures.open_portal import Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

COURSE = "DEMO 101"


def mark_weeks(portal: Portal, number: str, *statuses: str) -> None:
    """What each week's register says of the student, the latest first."""
    sessions = portal.classroom.rows("SELECT id FROM class_session WHERE closed_at IS NOT NULL ORDER BY starts_at DESC")
    with portal.classroom.transaction() as connection:
        for session, status in zip(sessions, statuses, strict=True):
            connection.exec_driver_sql(
                "INSERT INTO mark (session_id, student_id, status, source, marked_by_id, on_roster)"
                " VALUES (?, ?, ?, 'lecturer', 1, 1)",
                (session["id"], portal.classroom.student_id(number), status),
            )


def test_a_lecturer_sees_what_a_changed_rule_does_to_the_figures_before_and_after_it_is_saved(
    portal: Portal, open_screen: Callable[[], Page]
) -> None:
    hold_weekly(portal.classroom, 4)
    mark_weeks(portal, "S1001", "present", "present", "present", "late")
    mark_weeks(portal, "S1002", "present", "late", "late", "late")
    mark_weeks(portal, "S1003", "present", "present", "present", "absent")
    page = open_screen()
    visitor.sign_in(page, portal.address, portal.classroom)
    open_course(page)
    meet(page, "DEMO 101 Demonstrations")
    assert percents(page) == {"Hopper": "100", "Collins": "100", "Nováková": "75"}
    assert "Nobody is below 75 %" in told(page)

    late_shall_count_half(page)
    open_course(page)
    page.get_by_text("1 below 75 %").wait_for()
    judge(page)
    assert percents(page) == {"Hopper": "87", "Collins": "62", "Nováková": "75"}
    an_absence_is_free(page)
    open_course(page)
    assert percents(page) == {"Hopper": "87", "Collins": "62", "Nováková": "100"}


def open_course(page: Page) -> None:
    go(page, "Courses")
    page.get_by_role("main").get_by_role("link", name=COURSE).first.click()
    page.get_by_role("table").wait_for()


def percents(page: Page) -> dict[str, str]:
    """Each student's, as the grid has them."""
    found = {}
    for name in ("Hopper", "Collins", "Nováková"):
        row = page.get_by_role("row").filter(has_text=name)
        found[name] = row.get_by_role("cell").first.inner_text().split()[0]
    return found


def late_shall_count_half(page: Page) -> None:
    follow(page, "What counts")
    meet(page, f"Rules of {COURSE}")
    page.get_by_label("Late counts (percent of a class session)").fill("50")
    press(page, "Show what it does")
    page.get_by_text("Nothing is saved yet.").wait_for()
    judge(page)
    assert "Below the threshold: 0 → 1 student. 1 would fall below it, 0 would rise above it." in told(page)
    press(page, "Save")
    page.get_by_role("status").get_by_text(f"Rules of {COURSE} are saved.").wait_for()
    judge(page)


def an_absence_is_free(page: Page) -> None:
    follow(page, "What counts")
    page.get_by_label("Free absences").fill("1")
    press(page, "Show what it does")
    page.get_by_text("It puts nobody on the other side of the threshold: 1 student is below it.").wait_for()
    press(page, "Save")
    page.get_by_role("status").get_by_text("are saved").wait_for()
