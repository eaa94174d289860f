"""A term in real Chromium: set up from files, taught with the demo's camera, cleared, excused, looked back on, warned
about and exported; on MariaDB with the shipped rights, with a worker, a mail server and the real recognizer."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.environment import ROOT, product_environment
from tests.fixtures import visitor
from tests.fixtures.classroom import ROOM, Classroom, hash_cheaply
from tests.fixtures.mail_server import MailServer
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

COURSE = "DEMO 101"
OFFICE, LECTURER = "office@uni.example", "ada@uni.example"
PASSWORD = "a long word of the test's own"
OTHERS = 260
HELD_BEFORE = 3
"""Class sessions before today's, a week apart, in which no camera saw anything."""
THINGS = {0: "Nothing needs you", 1: "1 thing needs you"}
"""What the page of exceptions is headed by; with more it counts them."""


@dataclass(frozen=True)
class Term:
    """A running portal on an empty database, and who works with it."""

    address: str
    recognizer_url: str
    classroom: Classroom
    mails: MailServer
    environment: dict[str, str]

    def manage(self, *arguments: str) -> None:
        """Run a command of the portal, as a timer does."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, timeout=60, stdout=subprocess.DEVNULL)

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        return self.classroom.rows(statement, **values)


@pytest.fixture
def term(
    migrated_mariadb: MigratedMariaDB, mail_server: MailServer, portal_server: Callable[..., str]
) -> Iterator[Term]:
    """The office has an account, and nothing else is there; a worker does what takes long."""
    engine = create_engine(migrated_mariadb.owner_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO account (email, name, password, is_superuser, is_staff, is_active)"
            " VALUES (%s, %s, %s, 1, 1, 1)",
            (OFFICE, "Rita Office", hash_cheaply(PASSWORD)),
        )
    common = {"secret_key": "of-this-test-alone" * 3, "email_url": mail_server.url}
    environment = product_environment(
        database_url=migrated_mariadb.portal_url,
        plain_http="1",
        **common,
    )
    worker = subprocess.Popen([sys.executable, "manage.py", "work_tasks"], cwd=ROOT, env=environment)
    address = portal_server(migrated_mariadb.portal_url, **common)
    classroom = Classroom(engine, 0, COURSE, LECTURER, PASSWORD)
    yield Term(address, migrated_mariadb.recognizer_url, classroom, mail_server, environment)
    worker.terminate()
    assert worker.wait(30) == 0


def test_a_term(
    term: Term,
    open_page: Callable[..., Page],
    sitting_clip: Path,
    run_recognizer: Callable[..., Recognizer],
    tmp_path: Path,
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(30_000)
    the_office_sets_up_the_term_from_files(page, term, tmp_path)
    the_lecturer_takes_up_the_invitation(page, term)
    nobody_enters_with_a_wrong_password_and_the_keyboard_is_enough(page, term)
    the_lecturer_says_who_they_are(page)
    the_register_fills_by_itself_and_a_persons_word_stays(page, term, sitting_clip, run_recognizer)
    the_lesson_is_over(term)
    a_student_is_excused_for_a_day_long_past(page, term)
    what_no_camera_saw_is_taken_by_hand(page)
    the_term_is_looked_back_on(page)
    a_rule_warns_who_is_too_often_absent(page, term)
    the_records_are_exported(page)
    the_exam_board_gets_its_file(page)
    every_page_fits_a_phone(open_page, term)
    the_warning_has_arrived(term)
    nobody_reads_on_who_has_signed_out(page, term)


# Setting up.


def the_office_sets_up_the_term_from_files(page: Page, term: Term, folder: Path) -> None:
    page.goto(term.address)
    visitor.fill_sign_in(page, OFFICE, PASSWORD)
    students_come_from_a_workbook_that_a_worker_reads(page, term, workbook(folder / "students.xlsx"))
    import_rows(page, "lecturers", f"e-mail;name\n{LECTURER};Ada Byron\n")
    import_rows(page, "courses", f"course;title;lecturers;least coverage\n{COURSE};Demonstrations;{LECTURER};1\n")
    a_second_file_of_the_roster_says_who_joins_and_who_leaves(page, term)
    import_rows(page, "rooms", f"room;time zone\n{ROOM};UTC\n")
    import_rows(page, "timetable", timetable())


def workbook(file: Path) -> Path:
    """Too large to be read while somebody waits; the numbers are texts with leading zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Teilnehmer")
    sheet.append(["Teilnehmerliste"])
    sheet.append(["Kennung", "Vorname", "Nachname", "E-Mail", *["Bemerkung"] * 8])
    for number, first, last in (("S1001", "Grace", "Hopper"), ("S1002", "Eileen", "Collins")):
        sheet.append([number, first, last, f"{first.lower()}@uni.example", ""])
    sheet.append(["S1003", "Zoë", "Nováková", "zoe@uni.example", ""])
    for number in range(OTHERS):
        sheet.append([f"{number:06}", "Student", f"Number {number}", f"s{number}@uni.example", *["-" * 1_000] * 8])
    book.save(file)
    return file


def students_come_from_a_workbook_that_a_worker_reads(page: Page, term: Term, file: Path) -> None:
    open_import(page, "students")
    page.get_by_label("A CSV or XLSX file").set_input_files(file)
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("the names of the columns stand in row 2").wait_for()
    page.get_by_label("Student number").select_option(label="Kennung: S1001, S1002")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name=f"Write these {OTHERS + 3} changes").click()
    page.get_by_text("Written on").wait_for()
    assert term.rows("SELECT COUNT(*) AS n FROM student WHERE number LIKE '0%'")[0]["n"] == OTHERS


def a_second_file_of_the_roster_says_who_joins_and_who_leaves(page: Page, term: Term) -> None:
    first = f"Kurs;Matrikelnummer;ab\n{COURSE};S1001;\n{COURSE};S1002;\n{COURSE};S1003;\n{COURSE};000041;\n"
    import_rows(page, "rosters", first)
    second = first.replace("000041;", "{};03/04/2026")

    read_rows(page, "rosters", second.format("42"))
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_text("000042 is (Student Number 42): were leading zeros lost?").wait_for()
    read_rows(page, "rosters", second.format("000042"))
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_text("may be a day of month 4 or of month 3").wait_for()
    page.get_by_role("link", name="Change the columns").click()
    page.get_by_label("3 April: the day comes first").check()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("since 3 Apr 2026").wait_for()
    page.get_by_text("not in the file: leaves the roster").wait_for()
    write(page)

    read_rows(page, "rosters", second.format("000042").replace("03/04", "05/04"))
    page.get_by_text("Which column holds what?").click()
    page.get_by_label("3 April: the day comes first").check()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("since: 3 Apr 2026 → 5 Apr 2026").wait_for()
    write(page)
    days = term.rows("SELECT since FROM roster_entry JOIN student ON student.id = student_id WHERE number = '000042'")
    assert [str(each["since"]) for each in days] == ["2026-04-05"]


def timetable() -> str:
    """Class sessions a week apart, the last of which began this minute."""
    now = datetime.now(UTC)
    starts = [now - timedelta(weeks=weeks) for weeks in range(HELD_BEFORE, -1, -1)]
    rows = [f"{COURSE};{ROOM};{start:%Y-%m-%d};{start:%H:%M};120" for start in starts]
    return "\n".join(["course;room;day;start;minutes", *rows, ""])


def open_import(page: Page, kind: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Term", exact=True).click()
    page.get_by_role("link", name=f"Import {kind}").click()


def read_rows(page: Page, kind: str, text: str) -> None:
    """Paste rows, and have them read."""
    open_import(page, kind)
    page.get_by_label("Or rows copied").fill(text)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Check and go on").wait_for()


def import_rows(page: Page, kind: str, text: str) -> None:
    """Paste rows, and have them written."""
    read_rows(page, kind, text)
    page.get_by_role("button", name="Check and go on").click()
    write(page)


def write(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Write th")).click()
    page.get_by_text("Written on").wait_for()


# Signing in.


def the_lecturer_takes_up_the_invitation(page: Page, term: Term) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Term", exact=True).click()
    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="Mail 1 invitation").click()
    (mail,) = wait_for(lambda: term.mails.to(LECTURER), "the invitation")
    page.get_by_role("button", name="Sign out").click()
    link = re.search(r"https?://\S+", mail.get_content())
    assert link
    page.goto(link[0])
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_role("button", name="Sign in").wait_for()


def nobody_enters_with_a_wrong_password_and_the_keyboard_is_enough(page: Page, term: Term) -> None:
    page.goto(f"{term.address}/account/sign-in/")
    # The first field gets the focus by itself, when the page is first drawn; keys pressed before it would go nowhere.
    page.wait_for_function("document.activeElement.type === 'email'")
    for password in ("not the password", PASSWORD):
        page.get_by_label("E-mail").fill("")
        page.keyboard.type(LECTURER)
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        if password != PASSWORD:
            page.get_by_text("do not belong together").wait_for()
    page.get_by_role("button", name="Sign out").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def the_lecturer_says_who_they_are(page: Page) -> None:
    visitor.update_profile(page, title="Dr", department="Mathematics", time_zone="Europe/London")
    page.reload()
    assert page.get_by_label("Department").input_value() == "Mathematics"
    assert "Dr Ada Byron" in page.get_by_role("banner").inner_text()


def nobody_reads_on_who_has_signed_out(page: Page, term: Term) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    page.goto(f"{term.address}/records/")
    page.get_by_role("button", name="Sign in").wait_for()


# Teaching.


def mark_of(term: Term, number: str) -> dict[str, Any]:
    """What today's register says of the student."""
    found = term.rows(
        "SELECT mark.status, mark.source, mark.note, first_seen_at, last_seen_at FROM mark"
        " JOIN student ON student.id = mark.student_id WHERE number = :number ORDER BY session_id DESC LIMIT 1",
        number=number,
    )
    return found[0]


def the_register_fills_by_itself_and_a_persons_word_stays(
    page: Page, term: Term, clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    visitor.open_register(page, term.classroom)
    for student in ("Grace Hopper", "Eileen Collins", "Zoë Nováková"):
        visitor.wait_for_status(page, student, "Missing")
    recognizer = run_recognizer(term.recognizer_url, clip, play="loop")
    visitor.wait_for_status(page, "Eileen Collins", "Present", seconds=60)
    visitor.wait_for_status(page, "Grace Hopper", "Present", seconds=60)
    visitor.wait_for_status(page, "Zoë Nováková", "Missing")

    visitor.correct(page, "Grace Hopper", to="Excused", reason="Called away by the navy")
    corrected, corrected_at = mark_of(term, "S1001"), datetime.now(UTC).replace(tzinfo=None)
    assert "Called away by the navy" in visitor.history_of(page, "Grace Hopper")
    # The camera sees both again and writes down when.
    seen_later = corrected_at + timedelta(seconds=3)
    wait_for(lambda: (term.classroom.last_frame_at() or corrected_at) > seen_later, "both again", 90)
    assert recognizer.stop() == 0, recognizer.output()
    assert mark_of(term, "S1002")["last_seen_at"] > corrected_at
    visitor.open_register(page, term.classroom)
    visitor.wait_for_status(page, "Grace Hopper", "Excused")
    after = mark_of(term, "S1001")
    assert {**after, "last_seen_at": None} == {**corrected, "last_seen_at": None}


def the_lesson_is_over(term: Term) -> None:
    with term.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE class_session SET ends_at = UTC_TIMESTAMP(6) ORDER BY id DESC LIMIT 1")
    term.manage("close_registers", "--after", "0")


# After class.


def what_no_camera_saw_is_taken_by_hand(page: Page) -> None:
    """One was absent, but for the day of her excuse; the others were there, and today nobody else was."""
    exceptions = page.get_by_role("navigation", name="Main").get_by_role("link", name="Exceptions")
    exceptions.click()
    page.get_by_role("heading", name="things need you").wait_for()
    # A portrait that is moved across a picture may look like the photo that it is.
    while page.get_by_role("button", name="It was them").count():
        page.get_by_role("button", name="It was them").first.click()
        page.wait_for_load_state()
    page.get_by_role("heading", name=f"{HELD_BEFORE + 1} things need you").wait_for()
    for left in range(HELD_BEFORE, -1, -1):
        page.get_by_role("link", name="By hand").last.click()
        visitor.row_of(page, "Zoë Nováková").wait_for()
        if left < HELD_BEFORE:
            visitor.tap(page, "Zoë Nováková", "Absent")
            page.get_by_text("Zoë Nováková is now absent.").wait_for()
        page.get_by_role("button", name="Everyone missing → present" if left else "The rest is absent").click()
        page.get_by_text("0 missing").wait_for()
        exceptions.click()
        page.get_by_role("heading", name=THINGS.get(left, f"{left} things need you")).wait_for()


def a_student_is_excused_for_a_day_long_past(page: Page, term: Term) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Courses").click()
    page.get_by_role("main").get_by_role("link", name=COURSE).click()
    page.get_by_role("link", name="Zoë Nováková").click()
    page.get_by_role("link", name="Excuse for some days").click()
    day = term.rows("SELECT MIN(day) AS first FROM class_session")[0]["first"].isoformat()
    page.get_by_label("First day").fill(day)
    page.get_by_label("Last day").fill(day)
    page.get_by_label("Reason").fill("a secret illness")
    page.get_by_role("button", name="Excuse Zoë Nováková").click()
    page.get_by_text("1 held class session counts as excused now.").wait_for()


# Looking back.


def the_term_is_looked_back_on(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Courses").click()
    page.get_by_role("main").get_by_role("link", name=COURSE).click()
    page.get_by_text("1 below 75 %").wait_for()
    row = page.get_by_role("main").get_by_role("row").filter(has_text="Nováková")
    assert row.inner_text().split() == ["Zoë", "Nováková", "S1003", "0", "E", "A", "A", "A", "0", "0", "3", "1"]


def a_rule_warns_who_is_too_often_absent(page: Page, term: Term) -> None:
    page.get_by_role("link", name="Warnings").click()
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Not before so many class sessions").fill("3")
    page.get_by_role("button", name="Show whom it hits").click()
    page.get_by_role("heading", name="Below 75 % after 3 class sessions").wait_for()
    page.get_by_text("It warns 1 student now, for the first time.").wait_for()
    assert not term.mails.to("zoe@uni.example")
    page.get_by_role("button", name="Switch it on and send the mails").click()
    page.get_by_text("Switched on.").wait_for()


def the_warning_has_arrived(term: Term) -> None:
    """Looked for late: the worker looks for warnings once a minute."""
    (mail,) = wait_for(lambda: term.mails.to("zoe@uni.example"), "the warning", 90)
    assert "Attendance is 0 %, below 75 %: 3 class sessions count so far." in mail.get_content()


def the_records_are_exported(page: Page) -> None:
    """A filter leaves one mark, stays in the address, and the export holds just that one."""
    visitor.open_records(page)
    page.get_by_role("link", name="Today").last.click()
    assert visitor.row_of(page, "Grace Hopper").count() == 1
    assert visitor.row_of(page, "Eileen Collins").count() == 1
    visitor.filter_by_status(page, "Excused")
    assert visitor.row_of(page, "Grace Hopper").count() == 1
    assert visitor.row_of(page, "Eileen Collins").count() == 0
    page.get_by_text("Export 1").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV with commas").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        exported = list(csv.reader(file))
    assert len(exported) == 3, exported
    assert exported[2][0] == "# complete: 1 row"
    assert {"S1001", "Grace Hopper", COURSE} <= set(exported[1])
    assert not any("Collins" in value for row in exported for value in row)


def the_exam_board_gets_its_file(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Courses").click()
    page.get_by_role("main").get_by_role("link", name=COURSE).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    with Path(download.value.path()).open("rb") as file:
        sheet = load_workbook(file)["Attendance"]
    rows = {str(row[0]): row for row in sheet.iter_rows(values_only=True)}
    assert rows["S1003"][1:4] == ("Zoë Nováková", 0, "yes")
    assert rows["S1002"][1:4] == ("Eileen Collins", 100, "no")


def every_page_fits_a_phone(open_page: Callable[..., Page], term: Term) -> None:
    """And works there without scripts. Long words are what breaks a narrow page."""
    with term.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE course SET title = 'Donaudampfschifffahrtsgesellschaftskapitänsprüfungen'")
        connection.exec_driver_sql(
            "UPDATE student SET full_name = 'Wolfeschlegelsteinhausenbergerdorff-Hohenstein' WHERE number LIKE 'S%%'"
        )
    page = open_page(
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        color_scheme="dark",
        java_script_enabled=False,
    )

    def fits(address: str) -> None:
        if address:
            answer = page.goto(term.address + address)
            assert answer and answer.ok, address
        width = page.locator("html").evaluate("root => root.scrollWidth")
        assert width <= 390, f"{address or page.url} is {width} pixels wide"

    fits("/account/password/reset/")
    fits("/account/sign-in/")
    visitor.fill_sign_in(page, LECTURER, PASSWORD)
    session = term.rows("SELECT MAX(id) AS id FROM class_session")[0]["id"]
    register, student = f"/sessions/{session}/", term.classroom.student_id("S1003")
    for address in ("/", register, f"{register}students/{student}/", f"/students/{student}/", "/records/"):
        fits(address)
    for address in ("/records/?student=nobody", "/exceptions/", "/account/profile/", "/account/password/"):
        fits(address)
    page.get_by_role("button", name="Sign out").click()
    visitor.fill_sign_in(page, OFFICE, PASSWORD)
    read_rows(page, "students", f"number,name,e-mail address\n9001,{'W' * 150},x@uni.example\n9002,{'M' * 60},\n")
    fits("")
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_text("9001").first.wait_for()
    fits("")
    fits("/term/")
