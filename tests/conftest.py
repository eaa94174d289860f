"""The fixtures every test may ask for; each file under tests/fixtures holds those of one subject."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.fixtures")

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.certificates",
    "tests.fixtures.classroom",
    "tests.fixtures.demo",
    "tests.fixtures.desk",
    "tests.fixtures.mariadb",
    "tests.fixtures.media",
    "tests.fixtures.people",
    "tests.fixtures.portal",
    "tests.fixtures.portal_database",
    "tests.fixtures.recognizer",
    "tests.fixtures.rtsp",
    "tests.fixtures.sqlite",
]
