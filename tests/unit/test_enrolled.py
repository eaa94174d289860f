"""The errand that writes who is enrolled: it follows the gallery, and says nothing of one that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pytest

from recognizer.delivery.enrolled import LOOK_EVERY_SECONDS, WRITE_EVERY_SECONDS, EnrolledErrand
from recognizer.domain.naming.gallery import Gallery
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
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.recorded: list[tuple[dict[str, int], datetime]] = []
        self.error: Exception | None = None

    def record(self, references: Mapping[str, int], changed_at: datetime) -> int:
        if self.error is not None:
            raise self.error
        self.recorded.append((dict(references), changed_at))
        return 1


class Desk:
    def __init__(self) -> None:
        self.clock, self.store, self.board = FakeClock(AT), Store(), Board()
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

    assert desk.board.recorded == [({"S1": 2, "S2": 1}, AT + timedelta(seconds=30))]
    assert (desk.store.loads, desk.errand.gallery_size) == (1, 2)


def test_the_size_follows_the_gallery(desk: Desk) -> None:
    desk.errand.once()
    desk.store.numbers = ("S1", "S2", "S3")
    desk.clock.pass_by(LOOK_EVERY_SECONDS)
    desk.errand.once()

    assert desk.errand.gallery_size == 3
    assert desk.board.recorded[-1][0] == {"S1": 1, "S2": 1, "S3": 1}


def test_a_gallery_that_cannot_be_read_removes_nobody_and_is_tried_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.store.error = GalleryError("made with another key")
    for _ in range(3):
        assert desk.errand.once() == 0
        desk.clock.pass_by(WRITE_EVERY_SECONDS)
    assert (desk.board.recorded, desk.errand.gallery_size) == ([], 0)
    assert caplog.text.count("made with another key") == 1

    # The key was mended, and the file is the same.
    desk.store.error = None
    desk.errand.once()
    assert (len(desk.board.recorded), desk.errand.gallery_size) == (1, 2)


def test_what_the_database_did_not_take_is_written_at_the_next_turn(desk: Desk) -> None:
    desk.board.error = RegisterUnavailable("away")
    with pytest.raises(RegisterUnavailable):
        desk.errand.once()
    desk.board.error = None

    assert desk.errand.once() == 1


def test_rosters_that_changed_are_compared_soon_and_else_every_minute(desk: Desk) -> None:
    desk.errand.once()
    desk.errand.write_soon()
    assert desk.errand.once() == 1
    desk.clock.pass_by(WRITE_EVERY_SECONDS)
    assert desk.errand.once() == 1
