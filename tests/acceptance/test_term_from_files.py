"""A term from files in a real browser: upload, columns, every row's fate, written by a worker; and a second file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook

from tests.environment import ROOT, product_environment
from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import long

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


@pytest.fixture
def classroom(migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]) -> Classroom:
    found = classroom_in(migrated_mariadb.owner_url)
    with found.transaction() as connection:
        connection.exec_driver_sql("UPDATE account SET is_staff = 1")
    return found


@pytest.fixture
def address(
    migrated_mariadb: MigratedMariaDB, classroom: Classroom, portal_server: Callable[..., str]
) -> Iterator[str]:
    """The portal with its shipped rights, and the worker beside it."""
    environment = product_environment(
        database_url=migrated_mariadb.portal_url, secret_key="of-this-test-alone" * 3, plain_http="1"
    )
    worker = subprocess.Popen([sys.executable, "manage.py", "work_tasks"], cwd=ROOT, env=environment)
    yield portal_server(migrated_mariadb.portal_url)
    worker.terminate()
    assert worker.wait(30) == 0


def workbook(file: Path, students: int) -> Path:
    """Too large to be read while somebody waits; the numbers are numbers that are shown with zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Teilnehmer")
    sheet.append(["Teilnehmerliste"])
    sheet.append(["Kennung", "Vorname", "Nachname", "E-Mail", "Bemerkung"])
    for number in range(students):
        sheet.append([f"{number:06}", "Student", f"Number {number}", f"student{number}@uni.example", "-" * 1_000])
    book.save(file)
    return file


def test_a_term_is_set_up_from_files(address: str, classroom: Classroom, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    page.set_default_timeout(120_000)
    visitor.sign_in(page, address, classroom)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Term", exact=True).click()

    page.get_by_role("link", name="Import students").click()
    page.get_by_label("A CSV or XLSX file").set_input_files(workbook(tmp_path / "students.xlsx", 2_000))
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("the names of the columns stand in row 2").wait_for()
    page.get_by_label("Student number").select_option(label="Kennung: 000000, 000001")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Write these 2000 changes").click()
    page.get_by_text("Written on").wait_for()
    assert classroom.rows("SELECT COUNT(*) AS n FROM student WHERE number LIKE '0%'")[0]["n"] == 2_000

    roster = "Kurs;Matrikelnummer;ab\nDEMO 101;{};03/04/2026\nDEMO 101;S1001;\nDEMO 101;S1002;\n"
    import_text(page, "rosters", roster.format("42"))
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("000042 is (Student Number 42): were leading zeros lost?").wait_for()
    import_text(page, "rosters", roster.format("000042"))
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("may be a day of month 4 or of month 3").wait_for()
    page.get_by_role("link", name="Change the columns").click()
    page.get_by_label("3 April: the day comes first").check()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("since 3 Apr 2026").wait_for()
    page.get_by_text("not in the file: leaves the roster").wait_for()
    page.get_by_role("button", name="Write these 2 changes").click()
    page.get_by_text("Written on").wait_for()

    import_text(page, "rosters", roster.format("000042").replace("03/04", "05/04"))
    page.get_by_label("3 April: the day comes first").check()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("since: 3 Apr 2026 → 5 Apr 2026").wait_for()
    page.get_by_role("button", name="Write this change").click()
    page.get_by_text("Written on").wait_for()
    days = classroom.rows(
        "SELECT since FROM roster_entry JOIN student ON student.id = student_id WHERE number = '000042'"
    )
    assert [str(each["since"]) for each in days] == ["2026-04-05"]


def import_text(page: Page, kind: str, text: str) -> None:
    """Paste rows, and have them read."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Term", exact=True).click()
    page.get_by_role("link", name=f"Import {kind}").click()
    page.get_by_label("Or rows copied").fill(text)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Check the rows").wait_for()


@pytest.mark.parametrize(
    ("width", "scheme"), [long(320, "light", name="320"), (390, "dark"), long(1280, "light", name="1280")]
)
def test_the_pages_fit_every_screen_and_work_without_scripts(
    address: str, classroom: Classroom, open_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=False)
    visitor.sign_in(page, address, classroom)

    def fits() -> bool:
        return bool(page.locator("html").evaluate("root => root.scrollWidth") == width)

    import_text(page, "students", f"number,name,e-mail address\n9001,{'W' * 150},x@uni.example\n42,{'M' * 60},\n")
    assert fits()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("9001").first.wait_for()
    assert fits()
    page.get_by_role("link", name="Term", exact=True).click()
    assert fits()
