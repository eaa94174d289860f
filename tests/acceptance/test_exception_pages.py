"""Excused from the register, and what needs a person settled by keyboard alone, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fixtures import visitor
from tests.fixtures.classroom import ROSTER, Classroom

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def hold_lesson(classroom: Classroom, *early: str) -> None:
    """The class session is over: who is named left early, nobody saw the others, and one camera saw all of it."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(hours=4)
    end, seen = start + timedelta(minutes=50), [start + timedelta(minutes=minute) for minute in (2, 20)]
    room = classroom.rows("SELECT room_id FROM class_session")[0]["room_id"]
    with classroom.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE class_session SET starts_at = ?, ends_at = ?, day = ? WHERE id = ?",
            (str(start), str(end), str(start.date()), classroom.session_id),
        )
        connection.exec_driver_sql(
            "INSERT INTO sight (room_id, camera_name, starts_at, ends_at, recorded_at) VALUES (?, 'front', ?, ?, ?)",
            (room, str(start), str(end), str(end)),
        )
        for number in ROSTER:
            connection.exec_driver_sql(
                "INSERT INTO enrolled (room_id, student_id, reference_count, enrolled_at, recorded_at)"
                " VALUES (?, ?, 3, '2026-01-01', '2026-01-01')",
                (room, classroom.student_id(number)),
            )
        for number in early:
            connection.exec_driver_sql(
                "INSERT INTO evidence (session_id, student_id, room_id, camera_name, hour, first_seen_at, last_seen_at,"
                " minutes, distance) VALUES (?, ?, ?, 'front', ?, ?, ?, ?, 0.3)",
                (classroom.session_id, classroom.student_id(number), room, str(start), *map(str, seen), 2**2 | 2**20),
            )


def hears_keys(told: Locator) -> None:
    """Wait for what the page tells, and until its scripts are there: a key that is pressed before is lost."""
    told.wait_for()
    told.page.wait_for_load_state()


def test_a_student_is_excused_from_the_register_and_exceptions_are_settled_by_keyboard(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_lesson(classroom, "S1001")
    address = portal_server(classroom.database_url)
    page = open_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    visitor.sign_in(page, address, classroom)
    page.goto(f"{address}/sessions/{classroom.session_id}/")
    visitor.row_of(page, "Eileen Collins").get_by_role("link", name="Eileen Collins").click()
    page.get_by_role("link", name="Excuse for some days").click()
    page.get_by_label("Reason").fill("a secret illness")
    page.get_by_role("button", name="Excuse Eileen Collins").click()
    page.get_by_text("1 held class session counts as excused now.").wait_for()
    assert "has excused this student" in page.get_by_role("main").inner_text()

    page.get_by_role("link", name="Exceptions").click()
    hears_keys(page.get_by_role("heading", name="1 thing needs you"))
    page.keyboard.press("j")
    assert page.locator(".ask:focus").count() == 1
    for key, heading, student in (
        ("l", "Nothing needs you", ""),
        ("u", "1 thing needs you", "Grace Hopper left early"),
    ):
        page.keyboard.press(key)
        hears_keys(page.get_by_role("heading", name=heading))
        assert student in page.get_by_role("main").inner_text()
    page.keyboard.press("a")
    hears_keys(page.get_by_text("Grace Hopper is now absent."))
    page.keyboard.press("u")
    page.get_by_text(re.compile("Taken back: Grace Hopper is present again")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_undo_goes_back_to_what_it_brings_back_and_no_key_is_silent(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    hold_lesson(classroom, "S1001", "S1002")
    page, address = open_page(viewport={"width": 1280, "height": 800}), portal_server(classroom.database_url)
    visitor.sign_in(page, address, classroom)
    page.goto(f"{address}/exceptions/")
    for key in ("j", "j", "a"):
        page.keyboard.press(key)
    hears_keys(page.get_by_text("Grace Hopper is now absent."))

    page.keyboard.press("x")
    # What was done before can still be taken back.
    said = page.get_by_text("This key settles nothing here. Keys: L Leave it · A Absent · E Excused.")
    assert said.is_visible()
    assert page.get_by_role("button", name="Undo").is_visible()
    page.keyboard.press("u")
    hears_keys(page.get_by_text("Taken back: Grace Hopper is present again"))
    assert "Grace Hopper" in page.locator(".ask:focus").inner_text()

    page.keyboard.press("p")
    page.get_by_text("Left as it is: Grace Hopper.").wait_for()
    assert "Eileen Collins" in page.locator(".ask").inner_text()
