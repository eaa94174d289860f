"""Long German words, and a page that is written from right to left, leave every page as wide as the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.test_course_pages import hold_weekly
from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = {390: 860, 1280: 900}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SIDE_OF_NAMES = """() => {
    const frame = document.querySelector('.grid-frame').getBoundingClientRect();
    const name = document.querySelector('.grid tbody th').getBoundingClientRect();
    return [Math.round(name.left - frame.left) <= 1, Math.round(frame.right - name.right) <= 1];
}"""
"""Whether the names of the grid stand at the left of its frame, and at the right."""


def test_no_page_is_wider_than_the_window_in_german_or_from_right_to_left(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_weekly(classroom, 20)
    (one,) = classroom.rows(f"SELECT course_id FROM class_session WHERE id = {classroom.session_id}")
    address = portal_server(classroom.database_url)
    page = open_page(viewport={"width": 390, "height": 860})
    visitor.sign_in(page, address, classroom)
    page.context.add_cookies([{"name": "language", "value": "de", "url": address}])
    course = f"/courses/{one['course_id']}/"
    wide = []
    for path in (
        "/",
        f"/sessions/{classroom.session_id}/",
        course,
        f"/students/{classroom.student_id('S1001')}/",
        "/records/",
        "/changes/",
        "/warnings/",
        "/account/profile/",
        "/exceptions/",
        "/excuses/",
        "/rules/",
    ):
        page.goto(f"{address}{path}")
        assert page.locator("html").get_attribute("lang") == "de"
        for direction in ("ltr", "rtl"):
            page.evaluate(f"document.documentElement.dir = '{direction}'")
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                if page.evaluate(OVERFLOW) > 0:
                    wide.append((path, direction, width))
    assert wide == []
    page.goto(f"{address}{course}")
    page.set_viewport_size({"width": 390, "height": 860})
    frame = page.locator(".grid-frame")
    for direction, sides in {"ltr": [True, False], "rtl": [False, True]}.items():
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        frame.evaluate("frame => frame.scrollTo(document.documentElement.dir === 'rtl' ? -300 : 300, 0)")
        assert page.evaluate(SIDE_OF_NAMES) == sides
