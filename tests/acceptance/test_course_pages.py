"""A course's grid on a phone, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom
from tests.fixtures.patience import long

if TYPE_CHECKING:
    from playwright.sync_api import Page

ON_TOP = """() => {
    const box = document.querySelector('.grid thead tr:nth-child(2) th').getBoundingClientRect();
    const at = part => document.elementFromPoint(box.left + part * box.width, box.top + box.height / 2);
    return [0.1, 0.3, 0.5, 0.7, 0.9].map(part => at(part).textContent);
}"""
"""What is seen in five places of the head of the students' column."""


COVERED = """() => [...document.querySelectorAll('main :is(a, button)')].filter(part => {
    const [box] = part.getClientRects();
    if (!box || part.closest('.spoken') || !part.checkVisibility()) return false;
    part.scrollIntoView({ block: 'center' });
    const [now] = part.getClientRects();
    const found = document.elementFromPoint(now.left + now.width / 2, now.top + now.height / 2);
    return found && !part.contains(found) && Boolean(found.closest('a, button'));
}).map(part => part.textContent.trim())"""
"""The links and buttons in whose middle another one lies."""


CUT_WEEKS = """() => {
    const frame = document.querySelector('.trend ol').getBoundingClientRect();
    return [...document.querySelectorAll('.trend li')].filter(week => {
        const box = week.getBoundingClientRect();
        const isSeen = box.right > frame.left + 1 && box.left < frame.right - 1;
        return isSeen && (box.left < frame.left - 1 || box.right > frame.right + 1);
    }).map(week => week.textContent);
}"""
"""The weeks of the trend that lie across an edge of it."""


def hold_weekly(classroom: Classroom, weeks: int) -> None:
    """Closed class sessions, a week apart, in which nobody was marked."""
    (one,) = classroom.rows(f"SELECT course_id, room_id FROM class_session WHERE id = {classroom.session_id}")
    with classroom.transaction() as connection:
        for week in range(1, weeks + 1):
            start = datetime.now(UTC).replace(microsecond=0, tzinfo=None) - timedelta(weeks=week)
            end = start + timedelta(minutes=50)
            connection.exec_driver_sql(
                "INSERT INTO class_session (course_id, room_id, starts_at, ends_at, day, closed_at, is_cancelled)"
                " VALUES (?, ?, ?, ?, ?, ?, 0)",
                (one["course_id"], one["room_id"], str(start), str(end), str(start.date()), str(end)),
            )


def test_a_phone_scrolls_the_grid_and_not_the_page_and_heads_do_not_lie_on_each_other(
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
    page.goto(f"{address}/courses/{one['course_id']}/")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    frame = page.locator(".grid-frame")
    frame.scroll_into_view_if_needed()
    frame.evaluate("frame => frame.scrollTo(300, 0)")
    assert frame.evaluate("frame => frame.scrollLeft") > 100
    assert page.evaluate(ON_TOP) == ["Student"] * 5


@pytest.mark.parametrize(("width", "weeks"), [(390, 20), (1280, 20), (1280, 4)])
def test_the_trend_shows_the_latest_week_at_once_and_the_oldest_is_left_of_it(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
    width: int,
    weeks: int,
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_weekly(classroom, weeks)
    (one,) = classroom.rows(f"SELECT course_id FROM class_session WHERE id = {classroom.session_id}")
    page = open_page(viewport={"width": width, "height": 860})
    address = portal_server(classroom.database_url)
    visitor.sign_in(page, address, classroom)
    page.goto(f"{address}/courses/{one['course_id']}/")
    frame, latest, oldest = (page.locator(f".trend {each}") for each in ("ol", "li >> nth=0", "li >> nth=-1"))
    lefts = [each.bounding_box()["x"] for each in (frame, latest, oldest)]  # type: ignore[index]
    right = lefts[0] + frame.bounding_box()["width"]  # type: ignore[index]
    assert lefts[0] <= lefts[1] < right - 40
    assert lefts[2] < lefts[1]
    oldest.scroll_into_view_if_needed()
    assert lefts[0] - 1 <= oldest.bounding_box()["x"] < right - 40  # type: ignore[index]
    if width > 390 and weeks < 5:
        assert lefts[2] == lefts[0]


@pytest.mark.parametrize(
    ("width", "language"),
    [(390, "de-DE"), long(390, "en-GB", name="English"), long(390, "fr-FR", name="French"), (1280, "de-DE")],
)
def test_the_trend_shows_each_week_whole_or_not_at_all(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
    width: int,
    language: str,
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_weekly(classroom, 30)
    (one,) = classroom.rows(f"SELECT course_id FROM class_session WHERE id = {classroom.session_id}")
    page = open_page(viewport={"width": width, "height": 860}, locale=language)
    address = portal_server(classroom.database_url)
    page.goto(f"{address}/courses/{one['course_id']}/")
    page.locator("#id_username").fill(classroom.lecturer_email)
    page.locator("#id_password").fill(classroom.lecturer_password)
    page.locator("#id_password").press("Enter")
    page.locator(".trend li").first.wait_for()
    assert page.evaluate(CUT_WEEKS) == []
    # Nor is a week cut by its neighbour.
    assert page.evaluate("[...document.querySelectorAll('.trend li')].filter(e => e.scrollWidth > 60).length") == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_no_link_lies_under_another_and_today_leads_to_the_term(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
    width: int,
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_weekly(classroom, 3)
    address = portal_server(classroom.database_url)
    page = open_page(viewport={"width": width, "height": 860})
    visitor.sign_in(page, address, classroom)
    (one,) = classroom.rows(f"SELECT course_id FROM class_session WHERE id = {classroom.session_id}")
    register, course = f"/sessions/{classroom.session_id}/", f"/courses/{one['course_id']}/"
    for path in ("/", register, f"{register}several/", course, "/courses/", "/records/", "/exceptions/", "/excuses/"):
        page.goto(address + path)
        assert page.evaluate(COVERED) == [], path
    page.goto(address)
    page.get_by_role("link", name="The term").click()
    page.wait_for_url(f"**{course}")


@pytest.mark.parametrize("width", [390, 1280])
def test_paper_says_what_its_signs_mean_and_offers_nothing_to_press(
    width: int,
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_weekly(classroom, 2)
    (one,) = classroom.rows(f"SELECT course_id FROM class_session WHERE id = {classroom.session_id}")
    page, address = open_page(viewport={"width": width, "height": 800}), portal_server(classroom.database_url)
    visitor.sign_in(page, address, classroom)
    page.goto(f"{address}/courses/{one['course_id']}/")
    assert page.get_by_role("link", name="XLSX").is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("P present · L late").is_visible()
    shown = [each.inner_text() for each in page.locator("main :is(a, button)").all() if each.is_visible()]
    # Names and days are links on the screen alone.
    assert not {"PDF", "XLSX", "Excuses", "What counts", "Warnings", "All records", "Find"} & {*shown}
    sizes = "part => [part, part.querySelector('span')].map(each => getComputedStyle(each).fontSize)"
    name, number = page.locator(".grid tbody th").first.evaluate(sizes)
    assert name == number
