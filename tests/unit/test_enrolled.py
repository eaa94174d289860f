"""The errand that writes who is enrolled: it follows the gallery, and says nothing of one that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pytest

from recognizer.delivery.enrolled import LOOK_EVERY_SECONDS, WRITE_EVERY_SECONDS, EnrolledErrand
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.ports.delivery import Enrolment
from recognizer.errors import GalleryError, RegisterUnavailable
from recognizer.ops.clock import Clock
from tests.fakes import FakeClock

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC


class Store:
    """A gallery in memory."""

    def __init__(self) -> None:
        self.numbers: tuple[str, ...] = ("S1", "S1", "S2")
        self.error: Exception | None = None
        self.loads = 0

    def load(self) -> Gallery:
        self.loads += 1
        if self.error is not None:
            raise self.error
        return Gallery(np.zeros((len(self.numbers), 128), np.float32), self.numbers, self.numbers)

    def version(self) -> object:
        return self.numbers

    def changed_at(self) -> datetime | None:
        return AT


class Board:
    """Keeps what is recorded, of students whose row has the number in their student number: S1 is row 1."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.recorded: dict[int, tuple[int, datetime]] = {}
        self.comparisons = 0
        self.error: Exception | None = None
        self.seconds = 0.0

    def differences(self, references: Mapping[str, int]) -> list[Enrolment]:
        if self.error is not None:
            raise self.error
        self.comparisons += 1
        counts = {int(number.removeprefix("S")): count for number, count in references.items()}
        return [Enrolment(row, count) for row, count in counts.items() if self.recorded.get(row, (0,))[0] != count]

    def record(self, enrolment: Enrolment, changed_at: datetime) -> None:
        self.clock.pass_by(self.seconds)
        self.recorded[enrolment.student_id] = (enrolment.references, changed_at)


class Desk:
    def __init__(self) -> None:
        self.clock, self.store = FakeClock(AT), Store()
        self.board = Board(self.clock)
        self.offset = Clock(self.clock.now, self.clock.monotonic)
        store = self.store
        self.errand = EnrolledErrand(
            store,  # type: ignore[arg-type]
            self.board,
            clock=self.offset,
            monotonic=self.clock.monotonic,
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_gallery_is_counted_once_and_written_with_the_corrected_time_of_its_file(desk: Desk) -> None:
    desk.offset.measure(lambda: desk.clock.now() + timedelta(seconds=30))
    for _ in range(3):
        desk.errand.once()
        desk.clock.pass_by(LOOK_EVERY_SECONDS)

    since = AT + timedelta(seconds=30)
    assert desk.board.recorded == {1: (2, since), 2: (1, since)}
    assert (desk.store.loads, desk.errand.gallery_size) == (1, 2)


def test_the_size_follows_the_gallery(desk: Desk) -> None:
    desk.errand.once()
    desk.store.numbers = ("S1", "S2", "S3")
    desk.clock.pass_by(LOOK_EVERY_SECONDS)
    desk.errand.once()

    assert desk.errand.gallery_size == 3
    assert {row: count for row, (count, _) in desk.board.recorded.items()} == {1: 1, 2: 1, 3: 1}


def test_a_gallery_that_cannot_be_read_removes_nobody_and_is_tried_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.store.error = GalleryError("made with another key")
    for _ in range(3):
        assert desk.errand.once() == 0
        desk.clock.pass_by(WRITE_EVERY_SECONDS)
    assert (desk.board.recorded, desk.errand.gallery_size) == ({}, 0)
    assert caplog.text.count("made with another key") == 1

    # The key was mended, and the file is the same.
    desk.store.error = None
    desk.errand.once()
    assert (len(desk.board.recorded), desk.errand.gallery_size) == (2, 2)


def test_what_the_database_did_not_take_is_written_at_the_next_turn(desk: Desk) -> None:
    desk.board.error = RegisterUnavailable("away")
    with pytest.raises(RegisterUnavailable):
        desk.errand.once()
    desk.board.error = None

    assert desk.errand.once() == 2


def test_rosters_that_changed_are_compared_soon_and_else_every_minute(desk: Desk) -> None:
    desk.errand.once()
    desk.errand.once()
    assert desk.board.comparisons == 1
    desk.errand.write_soon()
    desk.errand.once()
    assert desk.board.comparisons == 2
    desk.clock.pass_by(WRITE_EVERY_SECONDS)
    desk.errand.once()
    assert desk.board.comparisons == 3


def test_a_large_roster_on_a_slow_database_is_written_batch_by_batch(desk: Desk) -> None:
    """A first start must not keep heartbeat and watchdog waiting until hundreds of students are written."""
    desk.store.numbers = tuple(f"S{row}" for row in range(120))
    desk.board.seconds = 0.5
    started_at = desk.clock.monotonic()
    turns = 0
    while desk.errand.once():
        turns += 1
        assert desk.clock.monotonic() - started_at <= 2.5 * turns

    assert len(desk.board.recorded) == 120
    assert {since for _, since in desk.board.recorded.values()} == {AT}
