"""The Cameras pages in a real browser: what happens in a room shows by itself, and staff choose their mails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import visitor
from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.patience import few

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass(frozen=True)
class Portal:
    """A running portal for one of the staff."""

    address: str
    classroom: Classroom

    def report(self, state: str, error: str | None = None) -> None:
        """The camera's last word, as a recognizer writes it now."""
        now = datetime.now(UTC).replace(tzinfo=None)
        (room,) = self.classroom.rows(f"SELECT id FROM room WHERE name = '{ROOM}'")
        with self.classroom.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM camera_status")
            connection.exec_driver_sql(
                "INSERT INTO camera_status"
                " (room_id, camera_name, state, reported_at, state_since, last_error, gallery_size)"
                " VALUES (?, 'front', ?, ?, ?, ?, 3)",
                (room["id"], state, str(now), str(now - timedelta(minutes=5)), error),
            )


@pytest.fixture
def portal(
    migrated_sqlite: Path, classroom_in: Callable[[str], Classroom], portal_server: Callable[[str], str]
) -> Portal:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    with classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE account SET is_staff = 1")
    return Portal(portal_server(classroom.database_url), classroom)


def test_a_camera_that_fails_shows_by_itself_and_staff_ask_to_be_told(portal: Portal, browser_page: Page) -> None:
    page = browser_page
    page.clock.install()
    portal.report("watching")
    visitor.sign_in(page, portal.address, portal.classroom)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Cameras").click()
    page.get_by_text("1 camera watching").wait_for()
    search = page.get_by_role("searchbox")
    search.fill("not sent yet")

    portal.report("failing", "cannot be opened: it refuses this user and password")
    page.clock.run_for(21_000)
    page.get_by_text("cannot be opened: it refuses this user and password").wait_for()
    assert search.input_value() == "not sent yet"

    page.get_by_role("link", name=ROOM).click()
    page.get_by_role("heading", name="What is wrong").wait_for()
    page.get_by_label("Tell one more").select_option(index=1)
    page.get_by_role("button", name="Tell them").click()
    page.get_by_role("button", name="Remove").wait_for()
    portal.report("watching")
    page.clock.run_for(21_000)
    page.get_by_role("heading", name="What is wrong").wait_for(state="detached")

    page.get_by_role("link", name="Cameras").last.click()
    page.get_by_role("button", name="Mail me at").click()
    page.get_by_text("You get them, at").wait_for()


@pytest.mark.parametrize("width", few([390, 320, 1280]))
def test_the_pages_fit_every_screen_with_long_names_and_reasons(
    portal: Portal, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    portal.report("failing", f"cannot be opened: {'W' * 150}")
    visitor.sign_in(page, portal.address, portal.classroom)
    for open_next in ("Cameras", ROOM):
        page.get_by_role("link", name=open_next).first.click()
        page.get_by_text("cannot be opened").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == width, open_next
