"""What every test of the portal stands on."""

from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Settings) -> None:
    """A guess must be dear in service; here a hash for every sign-in would be most of the suite's time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _static_files_are_looked_up(settings: Settings) -> None:
    """Else each client of a test would begin by reading them all."""
    settings.WHITENOISE_AUTOREFRESH = True
