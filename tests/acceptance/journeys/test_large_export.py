"""A workbook that takes longer than a request: asked for, waited for, downloaded and deleted; also without scripts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import load_workbook

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, sign_in_as, told
from tests.acceptance.test_course_pages import hold_weekly
from tests.environment import ROOT, product_environment
from tests.fixtures import visitor
from tests.fixtures.open_portal import COLLEAGUE, Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

WEEKS, STUDENTS = 14, 220
ROWS = WEEKS * STUDENTS
"""With 18 columns more cells than are written while a person waits."""


def fill(portal: Portal) -> None:
    """A large course has met for a term."""
    hold_weekly(portal.classroom, WEEKS)
    sessions = portal.classroom.rows("SELECT id FROM class_session WHERE closed_at IS NOT NULL")
    with portal.classroom.transaction() as connection:
        for each in range(STUDENTS):
            added = connection.exec_driver_sql(
                "INSERT INTO student (number, folded_number, full_name, plain_name) VALUES (?, ?, ?, ?)",
                (f"C{each:03}", f"c{each:03}", f"Crowd {each}", f"crowd {each}"),
            )
            connection.exec_driver_sql(
                "INSERT INTO mark (session_id, student_id, status, source, on_roster)"
                f" SELECT id, {added.lastrowid}, 'absent', 'closing', 1 FROM class_session WHERE closed_at IS NOT NULL",
            )
    assert len(sessions) == WEEKS


@contextmanager
def worker(portal: Portal) -> Iterator[None]:
    """What rollcall-tasks.service runs."""
    environment = product_environment(
        secret_key="of-this-test-alone" * 3, database_url=portal.classroom.database_url, plain_http="1"
    )
    with subprocess.Popen([sys.executable, "manage.py", "work_tasks"], cwd=ROOT, env=environment) as process:
        try:
            yield
        finally:
            process.terminate()


def test_a_large_workbook_is_waited_for_downloaded_and_deleted_and_no_colleague_comes_to_it(
    portal: Portal, open_screen: Callable[[], Page], tmp_path: Path
) -> None:
    fill(portal)
    portal.add_colleague()
    page = open_screen()
    visitor.sign_in(page, portal.address, portal.classroom)
    it_is_asked_for(page)
    with worker(portal):
        # The page asks by itself.
        page.get_by_role("link", name="Download").wait_for(timeout=60_000)
    judge(page)
    assert "It holds names, and is for you alone." in told(page)
    it_is_downloaded(page, tmp_path)
    nobody_else_comes_to_it(open_screen(), portal, page.url)
    it_is_deleted(page)


def it_is_asked_for(page: Page) -> None:
    go(page, "Records")
    page.get_by_text(f"{ROWS} marks").wait_for()
    page.get_by_text(f"Export {ROWS}").click()
    judge(page)
    follow(page, "XLSX")
    meet(page, "attendance-")
    assert "The file is being made" in told(page)
    assert "You may leave this page" in told(page)


def it_is_downloaded(page: Page, folder: Path) -> None:
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    path = folder / "records.xlsx"
    coming.value.save_as(path)
    assert coming.value.suggested_filename.startswith("attendance-")
    assert load_workbook(path)["Records"].max_row == ROWS + 1


def nobody_else_comes_to_it(other: Page, portal: Portal, address: str) -> None:
    sign_in_as(other, portal, COLLEAGUE)
    for what in ("", "file"):
        answer = other.request.get(f"{address}{what}")
        assert answer.status == 404, what


def it_is_deleted(page: Page) -> None:
    follow(page, "Your files")
    meet(page, "Your files")
    assert "To be downloaded" in told(page)
    page.get_by_role("main").get_by_role("link", name="attendance-").click()
    press(page, "Delete it now")
    page.get_by_role("status").get_by_text("was deleted").wait_for()
    judge(page)
    assert "No file waits for you" in told(page)


def test_without_scripts_the_page_is_asked_again_by_hand(
    portal: Portal, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    fill(portal)
    page = open_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    visitor.sign_in(page, portal.address, portal.classroom)
    page.goto(f"{portal.address}/records.xlsx")
    page.get_by_text("You may leave this page").wait_for()
    with worker(portal):
        download = page.get_by_role("link", name="Download")
        for _ in range(60):
            follow(page, "Look again")
            page.wait_for_timeout(500)
            if download.count():
                break
    it_is_downloaded(page, tmp_path)
