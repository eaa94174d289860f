"""Near misses on their way to the database, by whatever clock they were seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.near_miss import NearMissErrand
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.near_miss import NearMiss
from recognizer.errors import MarkRefused
from recognizer.ops.clock import Clock
from recognizer.storage.files.outbox import SqliteOutbox
from tests.fakes import FakeClock

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC


def miss(number: str = "S1", setting: str = "") -> NearMiss:
    return NearMiss.of(Sighting(number, AT, "front", 0.47, None, None, 5, 1, sure_below=0.45), 1, clock_setting=setting)


class FakeBoard:
    def __init__(self) -> None:
        self.written: list[NearMiss] = []

    def record(self, entry: NearMiss) -> None:
        if entry.student_number == "gone":
            raise MarkRefused("gone")
        self.written.append(entry)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    outbox = SqliteOutbox(tmp_path / "outbox.sqlite3")
    yield outbox
    outbox.close()


def deliver(outbox: SqliteOutbox, offset: timedelta, *misses: NearMiss) -> list[NearMiss]:
    now, board, backlog = FakeClock(AT), FakeBoard(), Backlog(outbox)
    clock = Clock(now.now, now.monotonic, lambda: "a boot")
    errand = NearMissErrand(backlog, board, clock=clock)
    for each in misses:
        backlog.put(each)
    assert errand.once() == 0, "before the database has told its time"
    clock.measure(lambda: AT + offset)
    errand.once()
    return board.written


def test_what_waited_on_the_disk_arrives_once_and_what_is_refused_is_set_aside(outbox: SqliteOutbox) -> None:
    assert deliver(outbox, timedelta(0), miss(), miss("gone"), miss("S2")) == [miss(), miss("S2")]
    assert (outbox.depth(), outbox.refused()) == (0, 1)


def test_a_clock_of_which_nobody_knows_how_it_was_set_is_not_believed(outbox: SqliteOutbox) -> None:
    assert deliver(outbox, timedelta(0), miss(setting="another boot")) == []
    assert outbox.depth() == 0
