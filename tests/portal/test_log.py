"""The portal's log over a long outage: repeats are left out and counted."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

import pytest
from django.conf import settings

from portal.web.log_limit import BURST, LimitedHandler
from portal.web.logs import JsonFormatter
from portal.web.redaction import RedactedFormatter
from tests.fakes import FakeClock


class Log:
    """A log that is written into memory, by a clock that the test moves."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        self.clock, self.stream = FakeClock(datetime(2026, 11, 2, 8, tzinfo=UTC)), io.StringIO()
        self.handler = LimitedHandler(self.stream, self.clock.monotonic)
        self.handler.setFormatter(formatter or RedactedFormatter())
        self.logger = logging.Logger("portal")
        self.logger.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_page_that_fails_each_second_for_a_day_fills_no_disk_and_its_failures_are_counted(log: Log) -> None:
    seconds = 24 * 60 * 60
    for second in range(seconds):
        log.logger.error("Internal Server Error: /register/%d/", second % 40)
        log.clock.pass_by(1)
    log.handler.close()

    assert BURST + 23 <= len(log.lines) <= BURST + 25
    left_out = [int(line.split("(")[1].split()[0]) for line in log.lines if "were left out before" in line]
    assert len(log.lines) + sum(left_out) == seconds


def test_another_error_on_the_same_page_and_another_page_are_lines_of_their_own(log: Log) -> None:
    for error in [*[OSError("gone")] * 50, ValueError("a new fault")]:
        log.logger.error("Internal Server Error: /register/1/", exc_info=(type(error), error, None))
    log.logger.error("Internal Server Error: /records/")
    assert "a new fault" in log.stream.getvalue()
    assert "/records/" in log.lines[-1]


def test_what_is_no_fault_is_left_out_only_where_it_is_the_same_word_for_word(log: Log) -> None:
    for number in range(50):
        log.logger.info("task %s (%s) begins", number, "export")
        log.logger.info("still waiting")
        log.logger.debug("asked for")
    assert len([line for line in log.lines if line.startswith("task")]) == 50
    assert len([line for line in log.lines if line == "still waiting"]) == BURST
    assert len([line for line in log.lines if line == "asked for"]) == 50


def test_the_last_line_that_was_left_out_is_told_at_the_end(log: Log) -> None:
    for attempt in range(BURST + 5):
        log.logger.warning("the cache server does not answer, try %d", attempt)
    log.handler.close()
    assert len(log.lines) == BURST + 1
    assert log.lines[-1] == f"the cache server does not answer, try {BURST + 4} (4 more like this were left out before)"


def test_a_json_line_counts_what_was_left_out() -> None:
    log = Log(JsonFormatter())
    for _ in range(BURST + 5):
        log.logger.warning("again")
    log.handler.close()
    told = [json.loads(line) for line in log.lines]
    assert "left_out" not in told[0]
    assert told[-1]["left_out"] == 4


def test_the_portal_writes_its_log_by_this_handler() -> None:
    assert settings.LOGGING["handlers"]["stderr"]["class"] == f"{LimitedHandler.__module__}.LimitedHandler"
    assert settings.LOGGING["root"]["handlers"] == ["stderr"]
