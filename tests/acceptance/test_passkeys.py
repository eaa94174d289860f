"""A passkey in a real browser, with an authenticator that Chromium plays itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fixtures import visitor
from tests.fixtures.classroom import Classroom

if TYPE_CHECKING:
    from playwright.sync_api import Page


def plug_in_authenticator(page: Page) -> None:
    """A device that keeps passkeys, and whose owner is always there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )


def test_a_passkey_is_made_shown_at_the_sign_in_and_missed_where_it_is_not(
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    portal_server: Callable[[str], str],
    open_page: Callable[..., Page],
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    # A passkey belongs to a name, not to a number.
    address = portal_server(classroom.database_url).replace("127.0.0.1", "localhost")
    page = open_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    plug_in_authenticator(page)
    visitor.sign_in(page, address, classroom)
    page.goto(f"{address}/account/profile/")
    page.get_by_role("link", name="Set one up").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What you call it").fill("my phone")
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    page.get_by_role("link", name="I have kept them").click()
    assert "my phone" in page.get_by_role("main").inner_text()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("E-mail").fill(classroom.lecturer_email)
    page.get_by_label("Password").fill(classroom.lecturer_password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("button", name="Sign out").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    (kept,) = classroom.rows("SELECT sign_count, used_at FROM passkey")
    assert kept["sign_count"] > 1
    assert kept["used_at"]

    elsewhere = open_page()
    plug_in_authenticator(elsewhere)
    elsewhere.goto(address)
    elsewhere.get_by_label("E-mail").fill(classroom.lecturer_email)
    elsewhere.get_by_label("Password").fill(classroom.lecturer_password)
    elsewhere.get_by_role("button", name="Sign in").click()
    elsewhere.get_by_role("button", name="Use your passkey").click()
    elsewhere.get_by_text("Nothing was shown").wait_for()
    elsewhere.goto(address)
    elsewhere.get_by_role("heading", name="Sign in").wait_for()
