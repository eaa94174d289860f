"""With the scope ``rosters`` the gallery forgets whom the room does not expect, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import load_config
from recognizer.delivery import scope
from recognizer.delivery.scope import EVERY, ScopeErrand
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import ConfigurationError, GalleryError, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.storage.files import unexpected_file
from recognizer.storage.files.gallery_file import SignedGalleryFile
from recognizer.storage.files.unexpected_file import UnexpectedFile
from tests.fakes import FakeClock
from tests.fixtures.configuration import written

DAY = timedelta(days=1)
TIMES = 5
"""After so many nobody waits for them any more: 48 in truth."""


class Rosters:
    def __init__(self) -> None:
        self.numbers: frozenset[str] = frozenset({"s1", "S2", "S9"})
        self.since: list[datetime] = []
        self.error: Exception | None = None

    def expected(self, since: datetime) -> frozenset[str]:
        self.since.append(since)
        if self.error is not None:
            raise self.error
        return self.numbers


class Room:
    """A gallery of S1 to S4 that was enrolled two days ago."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.rosters = FakeClock(utc_now() + 2 * DAY), Rosters()
        self.store = SignedGalleryFile(GalleryConfig(folder / "gallery.pkl", None, folder / "gallery.key"))
        numbers = ("S1", "S1", "S2", "S3", "S4")
        hashes = tuple(f"{index:064x}" for index in range(len(numbers)))
        self.store.save(Gallery(np.zeros((len(numbers), 128), np.float32), numbers, hashes))
        self.is_known = True
        self.memory = UnexpectedFile(folder / "unexpected.json")
        self.start()

    def start(self) -> None:
        """As a recognizer does that is started."""
        self.errand = ScopeErrand(
            self.store,
            self.rosters,
            self.memory,
            now=lambda: self.clock.now() if self.is_known else None,
            monotonic=self.clock.monotonic,
        )

    def run(self, times: int = TIMES) -> int:
        """So many hours; how many students were forgotten in the last."""
        for _ in range(times):
            self.clock.pass_by(EVERY.total_seconds())
            forgotten = self.errand.once()
        return forgotten

    def students(self) -> tuple[str, ...]:
        return self.store.load().students


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(scope, "FORGOTTEN_AFTER_TIMES", TIMES)
    return Room(tmp_path)


def test_whoever_is_on_no_roster_is_forgotten_and_the_others_keep_all_their_references(room: Room) -> None:
    assert room.run() == 2
    assert room.store.load().numbers == ("S1", "S1", "S2")
    assert room.rosters.since[-1] == room.clock.now() - 14 * DAY
    asked = len(room.rosters.since)
    assert room.errand.once() == 0
    assert len(room.rosters.since) == asked


def test_a_roster_that_was_emptied_by_mistake_and_is_mended_costs_nobody(room: Room) -> None:
    whole = room.rosters.numbers = frozenset({"S1", "S2", "S3", "S4"})
    room.run(2)
    room.rosters.numbers = frozenset({"S1"})
    assert room.run(TIMES - 1) == 0
    room.rosters.numbers = whole
    assert room.run(1) == 0
    room.rosters.numbers = frozenset({"S1"})
    assert room.run(TIMES - 1) == 0
    assert len(room.students()) == 4
    assert room.run(1) == 3


def test_no_start_and_no_clock_that_jumps_brings_the_day_nearer(room: Room) -> None:
    for _ in range(TIMES):
        room.start()
        room.errand.once()
    for seconds in (400 * DAY.total_seconds(), -300 * DAY.total_seconds()):
        room.clock.jump(seconds)
        room.start()
        assert room.errand.once() == 0
    assert len(room.students()) == 4
    # What has been counted before a start counts.
    assert room.run(TIMES - 3) == 2


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"asked_at": 3, "times": {}}', b"[" * 5000, b"\xff"])
def test_a_count_that_cannot_be_read_begins_anew(room: Room, content: bytes) -> None:
    room.run(TIMES - 1)
    room.memory._path.write_bytes(content)
    assert room.run(1) == 0
    assert room.run(TIMES - 1) == 2


def test_a_count_that_cannot_be_kept_forgets_nobody(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    room.run(TIMES - 1)
    monkeypatch.setattr(unexpected_file, "replace_with_json", refuse)
    with pytest.raises(GalleryError, match=r"unexpected\.json .*No space"):
        room.run(1)
    assert len(room.students()) == 4


def test_an_encode_that_is_at_work_is_not_waited_for_and_whom_it_brings_stays(room: Room) -> None:
    """Delivery is one thread: who waits in it for half an hour of photos delivers nothing, and the watchdog ends it."""
    room.run(TIMES - 1)
    with room.store.held(pytest.fail):
        assert room.run(1) == 0
        before = room.store.load()
        new = Gallery(np.zeros((1, 128), np.float32), ("S7",), (f"{9:064x}",))
        numbers, hashes = (*before.numbers, *new.numbers), (*before.photo_hashes, *new.photo_hashes)
        room.store.save(Gallery(np.zeros((len(numbers), 128), np.float32), numbers, hashes))
        room.clock._now = utc_now()
    assert room.run(1) == 0
    assert "S7" in room.students()
    assert len(room.students()) == 5
    room.clock.jump(2 * DAY.total_seconds())
    assert room.run(1) == 2
    assert room.students() == ("S1", "S2", "S7")


@pytest.mark.parametrize("why", ["no class sessions", "the clock is not known", "enrolled today", "no gallery"])
def test_nobody_is_forgotten_while_it_is_not_known_who_is_expected(room: Room, why: str) -> None:
    if why == "no class sessions":
        room.rosters.numbers = frozenset()
    elif why == "enrolled today":
        room.clock.pass_by(-1.5 * DAY.total_seconds())
    elif why == "no gallery":
        room.store._settings.path.unlink()
    room.is_known = why != "the clock is not known"
    if why == "enrolled today":
        for _ in range(TIMES):
            room.memory.save(replace(room.memory.load(), asked_at=None))
            room.start()
            assert room.errand.once() == 0
    else:
        assert room.run() == 0
    assert why == "no gallery" or len(room.students()) == 4


@pytest.mark.parametrize("error", [RegisterUnavailable("away"), GalleryError("damaged")])
def test_a_fault_forgets_nobody_and_is_tried_again(room: Room, error: Exception) -> None:
    room.run(TIMES - 1)
    room.rosters.error = error
    with pytest.raises(type(error)):
        room.run(1)
    assert len(room.students()) == 4
    room.rosters.error = None
    assert room.errand.once() == 2


def test_a_gallery_that_rooms_may_share_cannot_be_kept_to_the_rosters_of_one(tmp_path: Path) -> None:
    def read(path: str, scope: str) -> str:
        text = f'state_dir = "/var/lib/x/state"\n[gallery]\npath = "{path}"\nscope = "{scope}"'
        return load_config(written(tmp_path, text), {}).gallery.scope

    assert read("/var/lib/x/state/gallery.pkl", "rosters") == "rosters"
    assert read("/var/lib/x/gallery.pkl", "all") == "all"
    with pytest.raises(ConfigurationError, match=r"a file in the state_dir, such as /var/lib/x/state/gallery\.pkl"):
        read("/var/lib/x/gallery.pkl", "rosters")
    with pytest.raises(ConfigurationError, match="all, rosters"):
        read("/var/lib/x/gallery.pkl", "some")
