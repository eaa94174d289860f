from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from recognizer.domain.following.attention import Attention
from recognizer.domain.following.changes import CHANGE_SWEEPS_PER_SECOND, FIRST_LOOK, MOST_SAVED_SWEEPS
from recognizer.domain.following.detection import Detection, Frame, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.revisits import ENOUGH_ENCODINGS, MISSED_REST_SECONDS
from recognizer.domain.following.sweeps import COMMON_PIXELS, LEFT_TO_SWEEPS, SMALL_SWEEP_SECONDS, SWEEP_SECONDS
from recognizer.domain.following.track import Track
from recognizer.domain.following.tracking import Tracker
from tests.fakes import FakeMotion

STARTED_AT = datetime.fromisoformat("2026-03-02T09:00")
HEIGHT, WIDTH = 1080, 1920
WHOLE = Box(0, WIDTH, HEIGHT, 0)
LOOK = 0.5


def face(x: int, y: int = 500, width: int = 100) -> Box:
    return Box(y, x + width, y + width, x)


class Room:
    """An attention that is asked twice a second, and a tracker that is told what stands in the regions looked at."""

    def __init__(self, smallest: int = 80) -> None:
        self.motion = FakeMotion()
        self.attention = Attention(self.motion, smallest)
        self.tracker = Tracker()
        self.position = -LOOK

    def look(self, *faces: Box) -> list[Region]:
        self.position += LOOK
        frame = Frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8), STARTED_AT, self.position)
        regions = self.attention.regions(frame, self.tracker.tracks)
        if regions:
            found = [Detection(box, 1.0) for box in faces if any(region.covers(box) for region in regions)]
            self.tracker.update(found, self.position, regions)
        return regions

    def looks(self, seconds: float, *faces: Box) -> list[tuple[float, list[Region]]]:
        return [(self.position, regions) for _ in range(round(seconds / LOOK)) if (regions := self.look(*faces))]

    def name(self, track: Track) -> None:
        """Let it be known whose face it is, by as many encodings as that takes."""
        track.is_named = True
        for _ in range(ENOUGH_ENCODINGS):
            track.add_encoding(np.zeros(128, np.float32), 0.5, self.position)

    @property
    def tracks(self) -> tuple[Track, ...]:
        return self.tracker.tracks


def test_a_still_room_is_swept_at_the_start_and_every_few_seconds() -> None:
    looks = Room().looks(3 * SWEEP_SECONDS)
    assert [position for position, _ in looks] == [0.0, SWEEP_SECONDS, 2 * SWEEP_SECONDS]
    assert all(regions == [Region(WHOLE, COMMON_PIXELS)] for _, regions in looks)


def test_small_faces_are_looked_for_now_and_then_in_a_frame_of_their_own() -> None:
    looks = Room(smallest=50).looks(2 * SMALL_SWEEP_SECONDS)
    small = [position for position, regions in looks if regions == [Region(WHOLE, 50, LEFT_TO_SWEEPS * COMMON_PIXELS)]]
    assert small == pytest.approx([SMALL_SWEEP_SECONDS / 2, 1.5 * SMALL_SWEEP_SECONDS], abs=2 * LOOK)
    assert all(len(regions) == 1 for _, regions in looks)


def test_faces_hardly_smaller_than_common_get_no_sweep_of_their_own() -> None:
    looks = Room(smallest=75).looks(2 * SMALL_SWEEP_SECONDS)
    assert {tuple(regions) for _, regions in looks} == {(Region(WHOLE, 75),)}


def test_a_new_track_is_looked_at_again_at_once_and_only_around_it() -> None:
    room = Room()
    room.look(face(300))
    (region,) = room.look(face(300))
    assert region.covers(face(300))
    assert region.box.area < WHOLE.area / 20


def test_a_face_whose_owner_is_known_rests_until_the_sweep() -> None:
    room = Room()
    room.looks(1.5, face(300))
    room.name(room.tracks[0])
    looks = room.looks(SWEEP_SECONDS, face(300))
    assert [regions for _, regions in looks] == [[Region(WHOLE, COMMON_PIXELS)]]


def test_a_small_face_that_the_sweep_would_not_find_is_looked_at_itself() -> None:
    room = Room(smallest=50)
    small = face(300, width=60)
    room.looks(SMALL_SWEEP_SECONDS / 2 + 2.0, small)
    assert len(room.tracks) == 1
    room.name(room.tracks[0])
    seen = room.tracks[0].hits
    room.looks(2 * SWEEP_SECONDS, small)
    assert room.tracks[0].hits - seen in (2, 3)


def test_who_looks_away_is_looked_for_eagerly_at_first_and_then_less() -> None:
    room = Room()
    room.looks(1.0, face(300))
    while not room.tracks[0].misses:
        room.look()
    eager = room.looks(2.0)
    assert [position - eager[0][0] for position, _ in eager] == [0.0, 0.5, 1.0, 1.5][: len(eager)]
    assert len(eager) >= 3


def test_who_looks_away_and_is_known_is_looked_for_now_and_then() -> None:
    room = Room()
    room.looks(1.0, face(300))
    room.name(room.tracks[0])
    while not room.tracks[0].misses:
        room.look()
    missed_at = room.position
    looks = [position - missed_at for position, _ in room.looks(2 * MISSED_REST_SECONDS)]
    assert looks == [MISSED_REST_SECONDS, 2 * MISSED_REST_SECONDS]


def test_a_face_that_gives_no_encoding_is_not_stared_at() -> None:
    room = Room()
    looks = room.looks(60.0, face(300))
    own = [position for position, regions in looks if regions[0].box != WHOLE]
    assert len(own) < 20
    assert own[:3] == [0.5, 1.0, 1.5]


def test_movement_is_looked_at_where_it_is() -> None:
    room = Room()
    room.look()
    room.motion.changed = [Box(300, 700, 600, 500)]
    (region,) = room.look()
    assert region.covers(face(550, 350))
    assert region.box.area < WHOLE.area / 10
    assert room.look() == []


def test_a_large_change_is_searched_for_large_faces_first_and_then_for_ever_smaller_ones() -> None:
    room = Room(smallest=50)
    room.look()
    sizes = []
    while len(sizes) < 3:
        room.motion.changed = [Box(300, 700, 600, 500)]
        sizes += [region.smallest for region in room.look()]
    assert sizes == [COMMON_PIXELS * FIRST_LOOK, COMMON_PIXELS, 50]


def test_movement_of_a_tracked_person_is_explained() -> None:
    room = Room()
    room.looks(1.0, face(300))
    ((box),) = room.motion.explained
    assert box.intersection(face(300)) == face(300).area
    assert box.bottom > face(300).bottom + 50


def test_a_curtain_in_the_wind_does_not_take_all_the_time() -> None:
    room = Room()
    spent, seconds = 0.0, 60.0
    for _ in range(round(seconds / LOOK)):
        room.motion.changed = [Box(0, 300, 700, 0)]
        spent += sum(region.box.area / WHOLE.area for region in room.look() if region.box != WHOLE)
    assert 0 < spent <= CHANGE_SWEEPS_PER_SECOND * seconds + MOST_SAVED_SWEEPS


def test_somebody_new_is_not_kept_waiting_by_a_curtain() -> None:
    room = Room()
    waited = None
    for number in range(20):
        room.motion.changed = [Box(0, 350, 600, 0), Box(100, 1900, 700, 1750)]
        newcomer = Box(400, 1500, 1000, 1000)
        if number >= 10:
            room.motion.changed.append(newcomer)
        regions = [region for region in room.look() if region.largest is None and region.box != WHOLE]
        if waited is None and any(region.box.intersection(newcomer) == newcomer.area for region in regions):
            waited = number - 10
    assert waited is not None
    assert waited * LOOK <= 1.5


def test_a_change_too_large_to_pay_for_waits_for_the_sweep() -> None:
    room = Room()
    room.look()
    room.motion.changed = [Box(0, 1440, 810, 0), Box(0, WIDTH, 600, 1440)]
    first = room.look()
    room.motion.changed = [Box(0, WIDTH, 420, 0)]
    assert len(first) == 1
    assert room.look() == []


def test_a_room_that_changes_altogether_is_swept_again_soon() -> None:
    room = Room()
    room.look()
    swept = []
    for _ in range(8):
        room.motion.changed = [WHOLE]
        swept += [room.position for region in room.look() if region == Region(WHOLE, COMMON_PIXELS)]
    assert swept == [2.0, 4.0]


def test_a_walker_is_looked_for_ahead_of_where_they_were() -> None:
    room = Room()
    for step in range(6):
        room.look(face(300 + 90 * step))
    (track,) = room.tracks
    assert track.hits >= 5


@pytest.mark.parametrize("size", [(1, 1), (7, 3000), (4320, 7680)])
def test_frames_of_any_size_are_looked_at(size: tuple[int, int]) -> None:
    attention = Attention(FakeMotion(), 50)
    frame = Frame(np.zeros((*size, 3), np.uint8), STARTED_AT, 0.0)
    assert attention.regions(frame, []) == [Region(Box(0, size[1], size[0], 0), COMMON_PIXELS)]
