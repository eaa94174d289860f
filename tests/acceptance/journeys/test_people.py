"""Somebody is invited by mail and signs in for the first time; what they may do follows their part."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.journeys.steps import follow, go, judge, meet, press, sign_in_as, told
from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom
from tests.fixtures.mail_server import MailServer
from tests.fixtures.open_portal import COLLEAGUE, Portal
from tests.fixtures.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

NEW, PASSWORD = "tim@uni.example", "a long word of the test's own"
COURSE = "DEMO 101"


@pytest.fixture
def mailing_portal(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[..., str],
    mail_server: MailServer,
) -> Portal:
    """With an administrator."""
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    portal = Portal(portal_server(classroom.database_url, email_url=mail_server.url), classroom)
    portal.add_colleague(is_superuser=True)
    return portal


def test_somebody_is_invited_signs_in_for_the_first_time_and_sees_what_their_part_lets_them(
    mailing_portal: Portal, mail_server: MailServer, open_screen: Callable[[], Page]
) -> None:
    office, theirs = open_screen(), open_screen()
    sign_in_as(office, mailing_portal, COLLEAGUE)
    the_administrator_adds_them(office)
    (mail,) = wait_for(lambda: mail_server.to(NEW), "the invitation")
    link = re.search(r"https?://\S+", mail.get_content())
    assert link
    they_choose_a_password_and_see_that_no_course_is_theirs(theirs, link[0])
    as_an_assistant_they_take_registers_and_plan_nothing(office, theirs)
    as_a_registrar_they_set_up_terms(office, theirs)
    the_list_says_who_came(office)
    two_accounts_of_one_person_are_merged_and_separated(office)


def the_administrator_adds_them(office: Page) -> None:
    go(office, "Term")
    follow(office, "People")
    meet(office, "People")
    follow(office, "Add a person")
    meet(office, "Add a person")
    office.get_by_label("Official name").fill("Tim Berners")
    office.get_by_label("E-mail address").fill(NEW)
    press(office, "Add and invite")
    meet(office, "Tim Berners")
    assert "has not signed in yet" in told(office)


def they_choose_a_password_and_see_that_no_course_is_theirs(theirs: Page, link: str) -> None:
    theirs.goto(link)
    meet(theirs, "Welcome, Tim")
    theirs.get_by_label("New password", exact=True).fill(PASSWORD)
    theirs.get_by_label("confirmation").fill(PASSWORD)
    press(theirs, "Set password")
    theirs.get_by_role("button", name="Sign in").wait_for()
    judge(theirs)
    visitor.fill_sign_in(theirs, NEW, PASSWORD)
    meet(theirs, "No course is yours yet")


def as_an_assistant_they_take_registers_and_plan_nothing(office: Page, theirs: Page) -> None:
    office.get_by_label("What", exact=True).select_option(label="Takes registers of")
    office.get_by_label("Course code or department").fill(COURSE)
    press(office, "Add")
    office.get_by_role("status").get_by_text("Saved.").wait_for()
    judge(office)

    theirs.reload()
    theirs.get_by_role("main").get_by_role("link", name=COURSE).first.click()
    visitor.row_of(theirs, "Grace Hopper").wait_for()
    theirs.wait_for_load_state()
    judge(theirs)
    assert theirs.get_by_role("link", name="Move or cancel").count() == 0
    visitor.tap(theirs, "Grace Hopper", "Present")
    visitor.wait_for_status(theirs, "Grace Hopper", "Present")


def as_a_registrar_they_set_up_terms(office: Page, theirs: Page) -> None:
    tabs = theirs.get_by_role("navigation", name="Main")
    assert tabs.get_by_role("link", name="Term", exact=True).count() == 0
    office.get_by_label("Registrar: sees every course").check()
    press(office, "Save")
    office.get_by_role("status").get_by_text("Saved.").wait_for()
    theirs.reload()
    go(theirs, "Term")
    meet(theirs, "Set up a term")
    assert theirs.get_by_role("link", name="People").count() == 0


def the_list_says_who_came(office: Page) -> None:
    follow(office, "People")
    meet(office, "People")
    line = office.get_by_role("listitem").filter(has_text="Tim Berners").inner_text()
    assert "Registrar · assists in 1 course" in line
    assert "last here" in line


def two_accounts_of_one_person_are_merged_and_separated(office: Page) -> None:
    office.get_by_role("listitem").get_by_role("link", name="Tim Berners").click()
    office.get_by_label("E-mail address of another account").fill("lecturer@rollcall.example")
    press(office, "Merge into this one")
    separate = office.get_by_role("button", name="Separate lecturer@rollcall.example")
    separate.wait_for()
    judge(office)
    separate.click()
    separate.wait_for(state="detached")
    judge(office)
    assert "lecturer@rollcall.example" not in office.get_by_role("region", name="The same person twice").inner_text()
