"""The log over a year: repeats are left out and counted, and each line may be JSON."""

from __future__ import annotations

import io
import json
import logging
from datetime import datetime

import pytest

from recognizer.ops.log_limit import BURST, LimitedHandler
from recognizer.ops.logging import JsonFormatter, RedactingFormatter, secrets_of
from recognizer.ops.redaction import know
from tests.fakes import FakeClock
from tests.unit.test_operation import CONFIG, START

DAY = 86400


class Log:
    """A log that is written into memory, by a clock that the test moves."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        self.clock, self.stream = FakeClock(START), io.StringIO()
        self.handler = LimitedHandler(self.stream, self.clock.monotonic)
        self.handler.setFormatter(formatter or RedactingFormatter(for_journal=True))
        self.logger = logging.Logger("recognizer.room")
        self.logger.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


def fail(log: Log, times: int, camera: str = "front") -> None:
    for attempt in range(times):
        log.logger.warning(
            "camera %s fails: %s; trying again in %.0f s", camera, f"no route, try {attempt}", attempt % 60
        )
        log.handler.write_due()
        log.clock.pass_by(60)


def test_a_camera_that_fails_each_minute_for_a_year_fills_no_disk_and_its_failures_are_counted(log: Log) -> None:
    minutes = 30 * 24 * 60
    fail(log, minutes)
    log.handler.close()

    assert BURST + 30 * 24 - 2 <= len(log.lines) <= BURST + 30 * 24 + 2
    assert sum(map(len, log.lines)) * 12 < 3e6
    left_out = [int(line.split("(")[1].split()[0]) for line in log.lines if "were left out before" in line]
    assert len(log.lines) + sum(left_out) == minutes
    assert all(50 <= count <= 60 for count in left_out[1:-1])


def test_another_camera_another_reason_and_another_student_are_lines_of_their_own(log: Log) -> None:
    fail(log, 30)
    fail(log, 1, camera="back")
    for number in range(50):
        log.logger.info("student %s was seen in %s", f"S{number}", "C1")
    text = log.stream.getvalue()
    assert "camera back fails" in text
    assert all(f"student S{number} " in text for number in range(50))


def test_the_last_word_of_a_log_is_what_happened_last(log: Log) -> None:
    """A camera that came and went all morning is watched in the end, and says nothing more."""
    for _ in range(100):
        log.logger.info("camera %s is watched", "front")
        fail(log, 1)
    log.logger.info("camera %s is watched", "front")
    for _ in range(120):
        log.clock.pass_by(60)
        log.handler.write_due()
    assert "camera front is watched" in log.lines[-1]
    before = len(log.lines)
    log.handler.close()
    assert len(log.lines) == before


def test_what_was_left_out_is_told_at_the_end(log: Log) -> None:
    fail(log, BURST + 5)
    log.handler.close()
    assert len(log.lines) == BURST + 1
    assert log.lines[-1].endswith("(4 more like this were left out before)")


def test_debug_lines_are_never_left_out(log: Log) -> None:
    for _ in range(100):
        log.logger.debug("again")
    assert len(log.lines) == 100


def test_a_json_line_is_one_object_with_the_event_and_without_a_secret() -> None:
    know(secrets_of(CONFIG))
    log = Log(JsonFormatter(for_journal=False, room="A 101"))
    try:
        raise ValueError("rtsp://viewer:hunter2@cam/1")
    except ValueError:
        log.logger.exception(
            "one\ntwo hunter2", extra={"event": "camera fails", "camera": "front", "password": "hunter2"}
        )
    (line,) = log.lines
    entry = json.loads(line)

    assert "hunter2" not in line
    assert datetime.fromisoformat(entry["time"]).tzinfo is not None
    assert (entry["level"], entry["room"], entry["event"], entry["camera"]) == (
        "error",
        "A 101",
        "camera fails",
        "front",
    )
    assert entry["message"] == "one\ntwo ***"
    assert "Traceback" in entry["exception"]


def test_for_the_journal_a_json_line_has_its_priority() -> None:
    log = Log(JsonFormatter(for_journal=True, room="A 101"))
    log.logger.warning("hello")
    assert log.lines[0].startswith('<4>{"time": "')
