"""The screens on which each journey goes through the portal, and what is judged on every page of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import axe
from tests.fixtures.patience import long

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "color_scheme": "dark"}
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}


@pytest.fixture(params=[pytest.param(PHONE, id="phone, dark"), long(DESK, name="desk, light")])
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What Chromium is told of the device."""
    return dict(request.param)


@pytest.fixture
def open_screen(open_page: Callable[..., Page], screen: dict[str, Any]) -> Callable[[], Page]:
    """A page of a browser of its own, on that screen."""

    def open_one() -> Page:
        # A form that is to be looked at again answers so, and the console tells.
        page = open_page(expected_errors=("409 (Conflict)",), **screen)
        axe.let_in(page)
        return page

    return open_one
