"""With the scope ``rosters`` the gallery forgets whom the room does not expect, and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recognizer.config.configuration import GalleryConfig
from recognizer.config.reading import load_config
from recognizer.delivery.scope import EVERY_SECONDS, ScopeErrand
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import ConfigurationError, GalleryError, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.storage.files.gallery_file import SignedGalleryFile
from tests.fakes import FakeClock
from tests.fixtures.configuration import written

DAY = timedelta(days=1)


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
        self.errand = ScopeErrand(
            self.store,
            self.rosters,
            now=lambda: self.clock.now() if self.is_known else None,
            monotonic=self.clock.monotonic,
        )

    def students(self) -> tuple[str, ...]:
        return self.store.load().students


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_whoever_is_on_no_roster_is_forgotten_and_the_others_keep_all_their_references(room: Room) -> None:
    assert room.errand.once() == 2
    assert room.store.load().numbers == ("S1", "S1", "S2")
    assert room.rosters.since == [room.clock.now() - 14 * DAY]
    assert room.errand.once() == 0
    assert len(room.rosters.since) == 1


def test_a_roster_that_is_changed_later_counts_within_the_hour(room: Room) -> None:
    room.errand.once()
    room.rosters.numbers = frozenset({"S2"})
    # The gallery has changed by this: the day after an enrolment begins anew.
    room.clock.pass_by(EVERY_SECONDS)
    assert room.errand.once() == 1
    assert room.students() == ("S2",)


@pytest.mark.parametrize("why", ["no class sessions", "the clock is not known", "enrolled today", "no gallery"])
def test_nobody_is_forgotten_while_it_is_not_known_who_is_expected(room: Room, why: str) -> None:
    if why == "no class sessions":
        room.rosters.numbers = frozenset()
    elif why == "enrolled today":
        room.clock.pass_by(-1.5 * DAY.total_seconds())
    elif why == "no gallery":
        room.store._settings.path.unlink()
    room.is_known = why != "the clock is not known"
    assert room.errand.once() == 0
    assert why == "no gallery" or len(room.students()) == 4
    assert not room.store._settings.path.with_name("gallery.pkl.lock").exists()


@pytest.mark.parametrize("error", [RegisterUnavailable("away"), GalleryError("damaged")])
def test_a_fault_forgets_nobody_and_is_tried_again(room: Room, error: Exception) -> None:
    room.rosters.error = error
    with pytest.raises(type(error)):
        room.errand.once()
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
