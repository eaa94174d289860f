"""What every test of the portal stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.migrations.loader import MigrationLoader
from pytest_django import Settings

from portal.web import named_lock


@pytest.fixture(scope="session", autouse=True)
def _migrations_are_imported() -> None:
    """A migration keeps the ``timezone.now`` of its import. The portal's first request imports it,
    when a test may have put another clock there."""
    MigrationLoader(None)


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Settings) -> None:
    """A guess must be dear in service; here a hash for every sign-in would be most of the suite's time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _mails_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not beside the answer: the test looks for them."""
    for module in ("views", "factors.keeping"):
        monkeypatch.setattr(f"portal.accounts.{module}.send_beside", lambda work: work())


@pytest.fixture(autouse=True)
def _nobody_is_idle(settings: Settings) -> None:
    """Tests set the clock hours ahead between two pages. How long somebody may be idle is tried in test_sessions.py."""
    settings.IDLE_MINUTES = 24 * 60


@pytest.fixture(autouse=True)
def _static_files_are_looked_up(settings: Settings) -> None:
    """Else each client of a test would begin by reading them all."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _no_lock_of_another_test() -> None:
    """An answer that a test has not read to its end holds its lock."""
    named_lock._taken.clear()


@pytest.fixture(scope="module")
def django_beside_playwright() -> Iterator[None]:
    """Its event loop makes Django believe that other requests may come between; here none does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield
