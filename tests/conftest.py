"""The fixtures every test may ask for; each file under tests/fixtures holds those of one subject."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recognizer.ops import redaction

pytest.register_assert_rewrite("tests.fixtures")

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.certificates",
    "tests.fixtures.classroom",
    "tests.fixtures.place",
    "tests.fixtures.demo",
    "tests.fixtures.desk",
    "tests.fixtures.made_up_camera",
    "tests.fixtures.mariadb",
    "tests.fixtures.media",
    "tests.fixtures.people",
    "tests.fixtures.portal",
    "tests.fixtures.portal_database",
    "tests.fixtures.recognizer",
    "tests.fixtures.rtsp",
    "tests.fixtures.small_disk",
    "tests.fixtures.sqlite",
    "tests.fixtures.tracing",
]


@pytest.fixture(autouse=True)
def _no_secret_of_another_test() -> Iterator[None]:
    """What one test's configuration keeps secret is no secret of the next."""
    yield
    redaction.know(redaction.Secrets())
