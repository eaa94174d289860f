"""What is entered in a register while connection or sign-in is gone, in a real browser: nothing is lost of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import visitor
from tests.fixtures.open_portal import COLLEAGUE, Portal, open_register
from tests.fixtures.patience import long
from tests.fixtures.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page


MAKE_THE_COPY_OLD = """async () => {
    const cache = await caches.open("rollcall-register");
    const [request] = await cache.keys();
    const kept = await cache.match(request);
    const headers = new Headers(kept.headers);
    headers.set("Rollcall-Kept-Until", new Date(Date.now() - 1000).toUTCString());
    await cache.put(request, new Response(await kept.text(), { headers }));
}"""
"""As if its register had closed since."""


def test_a_register_is_taken_by_hand_on_a_phone_though_connection_and_sign_in_end(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    colleague, classroom = portal.add_colleague(), portal.classroom
    expected_errors = ("ERR_INTERNET_DISCONNECTED", "status of 401")
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    page = open_page(expected_errors=expected_errors, **phone)
    open_register(page, portal)
    page.get_by_role("link", name="Take the register by hand").click()
    visitor.tap(page, "Grace Hopper", "Present")
    page.locator("#messages").get_by_text("Grace Hopper is now present.").wait_for()

    page.context.set_offline(True)
    visitor.tap(page, "Grace Hopper", "Late")
    visitor.tap(page, "Eileen Collins", "Late")
    page.get_by_text("No connection. 2 marks are kept on this device").wait_for()
    page.get_by_role("button", name="The rest is absent").click()
    page.get_by_text("No connection. 3 marks are kept on this device").wait_for()
    letter = visitor.row_of(page, "Eileen Collins").get_by_role("button", name="Late")
    assert letter.get_attribute("aria-pressed") == "true"

    # Meanwhile the sign-in ends, and a colleague says something of one of them.
    portal.say_excused("S1002", colleague)
    with classroom.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM django_session")
    page.context.set_offline(False)
    page.get_by_text("You are signed out. 3 marks are kept on this device.").wait_for()
    page.get_by_role("link", name="Sign in again").click()

    # Another person on the same device neither sees nor sends them.
    visitor.fill_sign_in(page, COLLEAGUE, classroom.lecturer_password)
    visitor.row_of(page, "Grace Hopper").wait_for()
    assert "kept on this device" not in page.get_by_role("main").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert {mark.status for mark in classroom.marks().values()} == {"present", "excused"}

    visitor.fill_sign_in(page, classroom.lecturer_email, classroom.lecturer_password)
    page.get_by_text("Marks or guests that you entered are kept on this device").wait_for()
    page.get_by_role("link", name="Open the register to send them").click()
    page.get_by_text("Sam Registrar was first. They set excused").wait_for()
    marks = classroom.marks()
    assert (marks["S1001"].status, marks["S1002"].status, marks["S1003"].status) == ("late", "excused", "absent")
    page.get_by_role("button", name="Set late").click()
    page.locator("#messages").get_by_text("Eileen Collins is now late.").wait_for()
    assert not page.locator("#kept").inner_text()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('rollcall-marks'))") == []


def test_a_device_that_lost_all_cookies_says_so_where_one_signs_in_and_sends_what_it_keeps_for_its_author_alone(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    colleague, classroom = portal.add_colleague(), portal.classroom
    with classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO student (number, folded_number, full_name, plain_name)"
            " VALUES ('G1', 'g1', 'Gus Guest', 'gus guest')"
        )
    page = open_page(
        expected_errors=("ERR_INTERNET_DISCONNECTED", "status of 401"), viewport={"width": 390, "height": 844}
    )
    open_register(page, portal)
    page.context.set_offline(True)
    visitor.tap(page, "Grace Hopper", "Late")
    visitor.tap(page, "Eileen Collins", "Late")
    page.get_by_label("Add a guest by student number or name").fill("G1")
    page.get_by_label("Add a guest by student number or name").press("Enter")
    page.get_by_text("No connection. 1 guest is kept on this device: G1.").wait_for()
    portal.say_excused("S1002", colleague)
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.get_by_text("You are signed out. 2 marks are kept on this device.").wait_for()
    page.get_by_text("You are signed out. 1 guest is kept on this device: G1.").wait_for()
    page.get_by_role("link", name="Sign in again").first.click()

    waits = "Marks or guests that were entered in a register on this device are not saved yet."
    page.get_by_text(waits).wait_for()
    assert "Grace" not in page.content()
    visitor.fill_sign_in(page, COLLEAGUE, classroom.lecturer_password)
    visitor.row_of(page, "Grace Hopper").wait_for()
    page.evaluate("Promise.all([rollcall.kept.send(), rollcall.guests.add('')])")
    assert "kept on this device" not in page.get_by_role("main").inner_text()
    page.context.clear_cookies()
    page.goto(portal.address)
    page.get_by_text(waits).wait_for()
    assert list(classroom.marks()) == ["S1002"]

    visitor.fill_sign_in(page, classroom.lecturer_email, classroom.lecturer_password)
    page.get_by_role("link", name="Open the register to send them").click()  # There is one alone.
    page.get_by_text("Sam Registrar was first. They set excused").wait_for()
    visitor.row_of(page, "Gus Guest").wait_for()
    statuses = {number: mark.status for number, mark in classroom.marks().items()}
    assert statuses == {"S1001": "late", "S1002": "excused", "G1": "present"}
    page.get_by_role("button", name="Leave it as it is").click()
    page.wait_for_function("!Object.keys(localStorage).length")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert not page.get_by_text(waits).is_visible()


SIGNED_OUT = {
    "en-GB": (
        "You are signed out. 1 mark is kept on this device. What is kept is sent once you are signed in.",
        "You are signed out. 2 marks are kept on this device. What is kept is sent once you are signed in.",
    ),
    "de-DE": (
        "Sie sind abgemeldet. 1 Eintrag ist auf diesem Gerät aufbewahrt."
        " Was aufbewahrt ist, wird gesendet, sobald Sie angemeldet sind.",
        "Sie sind abgemeldet. 2 Einträge sind auf diesem Gerät aufbewahrt."
        " Was aufbewahrt ist, wird gesendet, sobald Sie angemeldet sind.",
    ),
    "fr-FR": (
        "Vous êtes déconnecté. 1 pointage est gardé sur cet appareil."
        " Ce qui est gardé est envoyé dès que vous êtes connecté.",
        "Vous êtes déconnecté. 2 pointages sont gardés sur cet appareil."
        " Ce qui est gardé est envoyé dès que vous êtes connecté.",
    ),
}


@pytest.mark.parametrize("language", ["en-GB", long("de-DE", name="German"), long("fr-FR", name="French")])
def test_what_is_said_of_kept_marks_is_right_of_one_and_of_several_in_every_language(
    portal: Portal, open_page: Callable[..., Page], language: str
) -> None:
    page = open_page(expected_errors=("status of 401",), viewport={"width": 390, "height": 844}, locale=language)
    page.goto(portal.address)
    page.locator("#id_username").fill(portal.classroom.lecturer_email)
    page.locator("#id_password").fill(portal.classroom.lecturer_password)
    page.locator("#id_password").press("Enter")
    page.get_by_role("link", name=portal.classroom.course_code).first.click()
    page.wait_for_load_state()
    page.context.clear_cookies()
    for student, sentence in zip(("Grace Hopper", "Eileen Collins"), SIGNED_OUT[language], strict=True):
        visitor.row_of(page, student).locator("button.late").click()
        page.locator("#kept").get_by_text(sentence).wait_for()


COPIES = "caches.open('rollcall-register').then((cache) => cache.keys()).then((kept) => kept.length)"
"""How many; a promise, which Chromium's own waiting would take for the answer."""


def test_an_open_register_is_loaded_again_without_a_connection_and_nothing_stays_after_signing_out(
    portal: Portal, open_page: Callable[..., Page]
) -> None:
    with portal.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO student (number, folded_number, full_name, plain_name)"
            " VALUES ('G1', 'g1', 'Gus Guest', 'gus guest')"
        )
    page = open_page(
        expected_errors=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED"), viewport={"width": 390, "height": 844}
    )
    open_register(page, portal)
    wait_for(lambda: page.evaluate(COPIES) >= 1, "the copy of the register")
    wait_for(lambda: page.evaluate(COPIES.replace("register", "files")) > 5, "the copies of what it is made of")
    page.context.set_offline(True)
    visitor.tap(page, "Grace Hopper", "Late")
    page.get_by_label("Add a guest by student number or name").fill("G1")
    page.get_by_label("Add a guest by student number or name").press("Enter")
    page.get_by_text("1 guest is kept on this device: G1.").wait_for()
    page.reload()
    page.get_by_text("No connection. 1 mark is kept on this device").wait_for()
    page.get_by_text("1 guest is kept on this device: G1.").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Marks or guests that you entered are not sent yet.").wait_for()

    page.context.set_offline(False)
    visitor.row_of(page, "Gus Guest").wait_for()
    visitor.wait_for_status(page, "Grace Hopper", "Late")
    assert {number: mark.status for number, mark in portal.classroom.marks().items()} == {
        "S1001": "late",
        "G1": "present",
    }
    page.wait_for_function("!Object.keys(localStorage).length")
    register = page.url
    page.evaluate(MAKE_THE_COPY_OLD)
    page.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_"):
        page.reload()
    page.context.set_offline(False)
    page.goto(register)
    wait_for(lambda: page.evaluate(COPIES) >= 1, "the copy of the register")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert not page.evaluate("caches.has('rollcall-register')")
