"""The fixtures every test may ask for; each file under tests/fixtures holds those of one subject."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings

from recognizer.ops import redaction
from recognizer.ops.logging import RedactingFormatter

pytest.register_assert_rewrite("tests.fixtures")

# How long an example takes says what else the machine is doing.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

pytest_plugins = [
    "tests.fixtures.booted",
    "tests.fixtures.browser",
    "tests.fixtures.certificates",
    "tests.fixtures.classroom",
    "tests.fixtures.place",
    "tests.fixtures.demo",
    "tests.fixtures.desk",
    "tests.fixtures.mail_server",
    "tests.fixtures.made_up_camera",
    "tests.fixtures.mariadb",
    "tests.fixtures.media",
    "tests.fixtures.open_portal",
    "tests.fixtures.people",
    "tests.fixtures.portal",
    "tests.fixtures.portal_database",
    "tests.fixtures.post",
    "tests.fixtures.provider",
    "tests.fixtures.recognizer",
    "tests.fixtures.rtsp",
    "tests.fixtures.secure_database",
    "tests.fixtures.silence",
    "tests.fixtures.small_disk",
    "tests.fixtures.sqlite",
    "tests.fixtures.tracing",
    "tests.fixtures.watched_room",
]


LONGEST = (
    "acceptance/test_database_breaks.py",
    "acceptance/test_lesson_goes_on.py",
    "acceptance/test_killed.py",
    "acceptance/test_clocks_break.py",
    "acceptance/test_a_lesson_teaches.py",
    "acceptance/test_term.py",
    "acceptance/test_two_daemons.py",
    "acceptance/test_portal_service.py",
    "integration/test_database_errors.py",
    "integration/test_live_camera.py",
    "integration/test_recovery.py",
    "integration/test_backup.py",
    "integration/test_other_schema.py",
    "integration/test_evaluate.py",
    "integration/test_encode.py",
    "integration/test_daemon_process.py",
    "integration/test_demo_run.py",
    "portal/migrating/test_migrating.py",
)
"""The files that take longest."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files that take longest first: one of them at the end would leave the other worker with nothing to do."""
    items.sort(key=lambda item: not item.nodeid.split("::")[0].endswith(LONGEST))


@pytest.fixture(autouse=True)
def _no_secret_of_another_test() -> Iterator[None]:
    """What one test's configuration keeps secret is no secret of the next."""
    yield
    redaction.know(redaction.Secrets())


@pytest.fixture(autouse=True)
def _no_log_of_another_test() -> Iterator[None]:
    """A command that a test calls sends the log to the stderr of then, which is closed when the test has ended."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in root.handlers.copy():
        if isinstance(handler.formatter, RedactingFormatter):
            root.removeHandler(handler)
    root.setLevel(level)


_unwritten: list[str] = []
"""What could not be logged since somebody last asked: its output is closed."""


def _note_unwritten(_: logging.Handler, record: logging.LogRecord) -> None:
    """Instead of logging's own traceback on stderr, which nobody looks at."""
    _unwritten.append(f"{record.name}: {record.getMessage()} (thread {threading.current_thread().name})")


@pytest.fixture(scope="session", autouse=True)
def _unwritten_is_noted() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.Handler, "handleError", _note_unwritten)
        yield


@pytest.fixture(autouse=True)
def _everything_is_logged(_unwritten_is_noted: None) -> Iterator[None]:
    """Fail the test in which a log entry could not be written, be it of a thread that an earlier test left behind."""
    yield
    found = _unwritten.copy()
    _unwritten.clear()
    assert not found, found
