"""What the recognizer says of a database whose tables are not as it needs them."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest

from recognizer.delivery.schema import LOOK_AGAIN_SECONDS, LOOK_EVERY_SECONDS, SchemaErrand
from recognizer.domain.ports.inspection import Inspection
from tests.fakes import FakeClock


class Tables:
    """An inspection that finds what it is told to."""

    def __init__(self) -> None:
        self.missing: list[str] = []
        self.looks = 0

    def missing_columns(self) -> list[str]:
        self.looks += 1
        return list(self.missing)


def test_what_is_missing_is_said_once_and_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock, tables = FakeClock(datetime(2026, 10, 5)), Tables()  # noqa: DTZ001 - naive UTC
    inspection: Inspection = tables  # type: ignore[assignment]
    errand = SchemaErrand(inspection, clock.monotonic)

    def pass_by(seconds: float) -> int:
        for _ in range(int(seconds)):
            clock.pass_by(1)
            errand.once()
        return tables.looks

    assert pass_by(1) == 1
    tables.missing = ["evidence.minutes", "sight"]
    assert pass_by(LOOK_EVERY_SECONDS - 1) == 1
    assert pass_by(1 + 3 * LOOK_AGAIN_SECONDS) == 5
    tables.missing = ["sight"]
    pass_by(LOOK_AGAIN_SECONDS)
    tables.missing = []
    pass_by(10 * LOOK_EVERY_SECONDS)
    first, second, third = caplog.messages
    assert first.startswith("the database lacks what this release needs (evidence.minutes, sight): ")
    assert second.startswith("the database lacks what this release needs (sight): ")
    assert third == "the database has all that this release needs again"
