"""The backlog: nothing is lost while the disk takes nothing, and what was delivered is not delivered for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.delivery import backlog as backlog_module
from recognizer.delivery.backlog import Backlog
from recognizer.domain.ports.delivery import Fact, FactT, Outbox, Receipt
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import OutboxUnavailable
from recognizer.storage.files.outbox import SqliteOutbox
from tests.fakes import FakeClock

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
FULL = OutboxUnavailable("the disk is full")


def entry(number: str = "S1", minute: int = 0) -> Evidence:
    return Evidence.of(Sighting(number, AT + timedelta(minutes=minute), "front", 0.3, None, None, 3, 1), 1)


class Disk:
    """The real outbox, but on a disk that can be full (nothing is written) or gone (nothing is read either)."""

    def __init__(self, outbox: SqliteOutbox) -> None:
        self._outbox = outbox
        self.is_full = self.is_gone = False
        self.rows_read = self.failed_reads = 0

    def put(self, fact: Fact) -> None:
        self._write()
        self._outbox.put(fact)

    def pending(self, kind: type[FactT], limit: int, after: int = 0) -> list[tuple[Receipt, FactT]]:
        if self.is_gone:
            self.failed_reads += 1
            raise FULL
        found = self._outbox.pending(kind, limit, after)
        self.rows_read += len(found)
        return found

    def done(self, receipt: Receipt) -> None:
        self._write()
        self._outbox.done(receipt)

    def refuse(self, receipt: Receipt, reason: str) -> None:
        self._write()
        self._outbox.refuse(receipt, reason)

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)

    def _write(self) -> None:
        if self.is_full or self.is_gone:
            raise FULL


class Place:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(AT)
        self.file = SqliteOutbox(folder / "outbox.sqlite3")
        self.disk = Disk(self.file)
        outbox: Outbox = self.disk  # type: ignore[assignment]
        self.backlog = Backlog(outbox, self.clock.monotonic, self.clock.now)

    def waiting(self) -> list[str]:
        return [fact.student_number for _, fact in self.backlog.pending(Evidence, 100)]

    def in_file(self) -> list[str]:
        return [fact.student_number for _, fact in self.file.pending(Evidence, 100)]

    def deliver(self) -> list[Evidence]:
        """All that waits, as the errand does it."""
        delivered = []
        for receipt, fact in self.backlog.pending(Evidence, 100):
            delivered.append(fact)
            self.backlog.done(receipt)
        return delivered


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.file.close()


def test_what_the_file_takes_is_in_the_file(place: Place) -> None:
    place.backlog.put(entry())

    assert place.in_file() == place.waiting() == ["S1"]
    assert not place.backlog.kept_in_memory
    assert place.backlog.depth() == 1


@pytest.mark.parametrize("fault", ["is_full", "is_gone"])
def test_what_the_file_does_not_take_waits_in_memory_and_is_delivered_from_there(
    place: Place, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    setattr(place.disk, fault, True)
    for number in ("S1", "S2"):
        place.backlog.put(entry(number))
        place.clock.pass_by(10)
    place.backlog.put(entry("S1", minute=3))

    assert (place.waiting(), place.backlog.depth(), place.backlog.kept_in_memory) == (["S1", "S2"], 2, 2)
    assert place.deliver() == [entry("S1").merged(entry("S1", minute=3)), entry("S2")]
    assert (place.waiting(), place.backlog.depth(), place.backlog.kept_in_memory) == ([], 0, 0)
    assert caplog.text.count("the disk is full") == 1


def test_what_is_in_the_file_of_a_full_disk_is_delivered_once_and_removed_later(place: Place) -> None:
    place.backlog.put(entry())
    place.disk.is_full = True

    assert place.deliver() == [entry()]
    place.clock.pass_by(10)
    assert place.deliver() == []
    assert (place.in_file(), place.backlog.depth()) == (["S1"], 0)
    place.disk.is_full = False
    place.clock.pass_by(10)
    assert place.waiting() == []
    assert place.in_file() == []


def test_as_soon_as_there_is_room_what_is_in_memory_goes_into_the_file(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    place.backlog.put(entry("S0"))
    place.disk.is_full = True
    place.backlog.put(entry("S1"))
    place.disk.is_full = False
    # Not at every sighting: a failing disk is left alone for a moment.
    place.backlog.put(entry("S2"))
    assert place.in_file() == ["S0"]
    place.clock.pass_by(6)

    assert sorted(place.waiting()) == ["S0", "S1", "S2"]
    assert sorted(place.in_file()) == ["S0", "S1", "S2"]
    assert "takes what is seen again" in caplog.text


def test_what_grew_in_memory_while_it_was_delivered_waits_still(place: Place) -> None:
    place.disk.is_full = True
    place.backlog.put(entry())
    ((receipt, _),) = place.backlog.pending(Evidence, 10)
    place.backlog.put(entry(minute=1))
    place.backlog.done(receipt)

    assert place.deliver() == [entry().merged(entry(minute=1))]


def test_what_grew_in_the_file_after_it_was_delivered_on_a_full_disk_waits_still(place: Place) -> None:
    place.backlog.put(entry())
    place.disk.is_full = True
    place.deliver()
    place.disk.is_full = False
    place.clock.pass_by(6)
    place.file.put(entry(minute=1))

    assert [fact.minutes for fact in place.deliver()] == [3]


@pytest.mark.parametrize("is_full_before", [False, True])
def test_what_is_refused_on_a_full_disk_is_counted_and_set_aside_later(place: Place, is_full_before: bool) -> None:
    place.disk.is_full = is_full_before
    place.backlog.put(entry())
    place.disk.is_full = True
    ((receipt, _),) = place.backlog.pending(Evidence, 10)
    place.backlog.refuse(receipt, "gone")

    assert (place.waiting(), place.backlog.depth(), place.backlog.refused()) == ([], 0, 1)
    assert place.backlog.retry() == 1
    assert (place.waiting(), place.backlog.refused()) == (["S1"], 0)


def test_a_long_backlog_on_a_full_disk_is_read_once_and_not_again_at_every_turn(place: Place) -> None:
    for number in range(300):
        place.backlog.put(entry(f"S{number}"))
    place.disk.is_full = True
    delivered = []
    while batch := place.backlog.pending(Evidence, 10):
        for receipt, fact in batch:
            delivered.append(fact.student_number)
            if fact.student_number.endswith("7"):
                place.backlog.refuse(receipt, "gone")
            else:
                place.backlog.done(receipt)

    assert delivered == [f"S{number}" for number in range(300)]
    # Each page twice: when it is delivered, and once more to see that it is settled.
    assert place.disk.rows_read <= 2 * 300
    assert place.backlog.retry() == 30
    assert sorted(place.waiting()) == sorted(number for number in delivered if number.endswith("7"))


def test_a_file_that_cannot_be_read_is_left_alone_for_a_moment_by_all_who_ask(place: Place) -> None:
    """Each attempt waits for whoever holds it, and what is seen waits for the attempt."""
    place.backlog.put(entry("S1"))
    place.disk.is_gone = True
    place.backlog.put(entry("S2"))
    for _ in range(10):
        assert place.waiting() == ["S2"]
    assert place.disk.failed_reads == 1
    place.disk.is_gone = False
    place.clock.pass_by(10)
    assert place.waiting() == ["S1", "S2"]


def test_nothing_is_delivered_twice_or_lost_whatever_the_disk_does(place: Place) -> None:
    numbers = [f"S{number}" for number in range(60)]
    delivered: list[str] = []
    for turn, number in enumerate(numbers):
        place.disk.is_full, place.disk.is_gone = turn % 7 in (2, 3), turn % 11 in (5, 6)
        place.backlog.put(replace(entry(), student_number=number))
        place.clock.pass_by(3)
        if turn % 5 == 4:
            delivered += [fact.student_number for fact in place.deliver()]
    place.disk.is_full = place.disk.is_gone = False
    place.clock.pass_by(10)
    delivered += [fact.student_number for fact in place.deliver()]

    assert sorted(delivered) == sorted(numbers)
    assert place.backlog.depth() == 0


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(backlog_module, "MOST_IN_MEMORY", 6)
    return 6


def spans(place: Place) -> int:
    return len(place.backlog.pending(SightSpan, 100)) + len(place.backlog.pending(BlindSpan, 100))


def test_memory_is_bounded_and_gives_up_sight_before_anybody_who_was_seen(
    place: Place, small_memory: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Who was seen is marked; where sight is lost, nobody is absent for it."""
    place.disk.is_full = True
    place.backlog.put(SightSpan("front", AT, AT + timedelta(minutes=1)))
    place.backlog.put(BlindSpan("back", AT, AT + timedelta(minutes=1), "dark"))
    for number in range(4):
        place.backlog.put(entry(f"S{number}"))
    assert (spans(place), place.backlog.pending(OutboxFault, 9)) == (2, [])

    place.clock.pass_by(60)
    place.backlog.put(entry("S4"))
    place.backlog.put(SightSpan("side", AT, AT + timedelta(minutes=1)))
    place.backlog.put(entry("S5"))
    assert (spans(place), place.waiting()) == (0, [f"S{number}" for number in range(6)])
    place.backlog.put(entry("S6"))
    place.backlog.put(entry("S5", minute=3))
    assert place.waiting() == [f"S{number}" for number in range(6)], "what is there may grow"
    ((_, fault),) = place.backlog.pending(OutboxFault, 9)
    assert fault == OutboxFault(AT + timedelta(minutes=1), "no room", entries_lost=4)
    said = [m for m in caplog.messages if "neither disk nor memory has room" in m]
    assert [m.split(": ")[1].split(";")[0] for m in said] == ["1 lost so far", "2 lost so far", "4 lost so far"]


def test_what_is_lost_is_told_once_there_is_a_database_or_room_and_the_next_loss_apart(
    place: Place, small_memory: int
) -> None:
    place.disk.is_full = True
    for number in range(small_memory + 3):
        place.backlog.put(entry(f"S{number}"))
    ((receipt, fault),) = place.backlog.pending(OutboxFault, 9)
    place.backlog.done(receipt)
    place.backlog.put(entry("S100"))
    ((_, more),) = place.backlog.pending(OutboxFault, 9)
    assert (more.key, fault.entries_lost, more.entries_lost) == (fault.key, 3, 4), "it grows"

    place.disk.is_full = False
    place.clock.pass_by(60)
    place.backlog.put(entry("S101"))
    assert [kept for _, kept in place.file.pending(OutboxFault, 9)] == [more]
    assert len(place.in_file()) == small_memory + 1
    assert place.backlog.kept_in_memory == 0

    place.disk.is_full = True
    for number in range(200, 200 + small_memory + 1):
        place.backlog.put(entry(f"S{number}"))
    faults = [kept for _, kept in place.backlog.pending(OutboxFault, 9)]
    assert [kept.entries_lost for kept in faults] == [4, 1]
