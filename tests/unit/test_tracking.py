from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.detection import Detection, Encoding
from recognizer.domain.geometry import Box
from recognizer.domain.tracking import KEPT_ENCODINGS, LOST_SECONDS, RECHECK_SECONDS, SPLIT_DISTANCE, Track, Tracker

LOOK = 0.5


def face(x: int, y: int = 300, width: int = 100) -> Detection:
    """A face of that width, its left top corner at x, y."""
    return Detection(Box(y, x + width, y + width, x), 1.0)


def person(axis: int, by: float = 0.0) -> Encoding:
    """An encoding of a person, ``by`` off their usual one; two persons lie 0.8 apart."""
    encoding = np.zeros(128, np.float32)
    encoding[axis] = 0.8 / 2**0.5
    encoding[127] = by
    return encoding


def test_a_face_is_tentative_until_it_was_found_twice() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    assert track.state == "tentative"
    assert tracker.update([face(104)], LOOK) == [track]
    assert track.state == "confirmed"


def test_a_face_not_found_for_seconds_is_lost() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    tracker.update([], LOST_SECONDS)
    assert tracker.tracks == (track,)
    tracker.update([], LOST_SECONDS + 0.1)
    assert tracker.tracks == ()
    assert track.state == "lost"


def test_somebody_walking_is_followed_by_their_pace() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(0)], 0.0)
    for step in range(1, 10):
        # Two faces a look; with the pace known even a look left out is bridged.
        if step != 6:
            assert tracker.update([face(200 * step)], step * LOOK) == [track]


def test_a_jump_never_joins_two_people() -> None:
    tracker = Tracker()
    (one,) = tracker.update([face(100)], 0.0)
    (other,) = tracker.update([face(400)], LOOK)
    assert other.id != one.id
    assert tracker.tracks == (one, other)


def test_a_face_of_quite_another_size_is_another_face() -> None:
    tracker = Tracker()
    (near,) = tracker.update([face(100, width=200)], 0.0)
    (far,) = tracker.update([face(150, y=350, width=90)], LOOK)
    assert far.id != near.id


def test_the_best_pairs_are_joined_first() -> None:
    tracker = Tracker()
    left, right = tracker.update([face(100), face(210)], 0.0)
    # Both moved by half a face: the second now stands where it is still in reach of the first's track.
    assert tracker.update([face(260), face(150)], LOOK) == [right, left]


def test_a_face_found_again_after_a_miss_is_doubtful_until_encoded() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    tracker.attach(track, person(0), 0.5, 0.0)
    tracker.update([], LOOK)
    tracker.update([face(100)], 2 * LOOK)
    assert track.is_doubtful
    assert tracker.attach(track, person(0, 0.1), 0.5, 2 * LOOK) is track
    assert not track.is_doubtful


def test_an_encoding_of_somebody_else_splits_the_track() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    tracker.attach(track, person(0), 0.5, 0.0)
    tracker.update([face(100)], LOOK)
    tracker.update([face(300)], 2 * LOOK)
    successor = tracker.attach(track, person(1), 0.5, 2 * LOOK)
    assert (successor.id, successor.state, successor.box) == (2, "tentative", face(300).box)
    assert np.array_equal(successor.mean, person(1))
    assert np.array_equal(track.mean, person(0))
    # The first person, still in their place, was only not found for a look.
    assert tracker.update([face(300), face(100)], 3 * LOOK) == [successor, track]


def test_two_people_who_changed_places_end_in_two_tracks_not_in_ever_new_ones() -> None:
    tracker = Tracker()
    for look in range(20):
        seen = person(0) if look < 5 else person(1)
        (track,) = tracker.update([face(100)], look * LOOK)
        track = tracker.attach(track, seen, 0.5, look * LOOK)
    assert (track.id, track.state) == (2, "confirmed")
    assert np.array_equal(track.mean, person(1))
    assert tracker.tracks == (track,)


def test_a_person_turning_their_head_does_not_split_the_track() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    tracker.attach(track, person(0), 0.5, 0.0)
    assert tracker.attach(track, person(0, SPLIT_DISTANCE - 0.01), 0.5, LOOK) is track


def test_only_the_best_encodings_are_kept_and_averaged() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    for index in range(2 * KEPT_ENCODINGS):
        tracker.attach(track, person(0, index / 100), score=index / 10, position_seconds=index * LOOK)
    assert [score for score, _ in track.best] == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert track.mean[127] == pytest.approx(0.07)
    assert track.mean.dtype == np.float32


def test_a_track_with_good_encodings_wants_better_ones_or_a_check_now_and_then() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0)
    for _ in range(KEPT_ENCODINGS):
        assert track.wants_encoding(0.5, 0.0)
        tracker.attach(track, person(0), 0.5, 0.0)
    assert not track.wants_encoding(0.5, LOOK)
    assert track.wants_encoding(0.9, LOOK)
    assert track.wants_encoding(0.1, RECHECK_SECONDS)


def test_a_track_without_encodings_has_no_mean() -> None:
    with pytest.raises(ValueError, match="no mean"):
        _ = Track(1, Box(0, 1, 1, 0), 0.0).mean


FACES = st.lists(st.builds(face, st.integers(-50, 600), st.integers(0, 400), st.integers(0, 200)), max_size=6)
LOOKS = st.lists(st.tuples(FACES, st.sampled_from([0.0, 0.04, 0.5, 2.0, 6.0])), max_size=12)


@given(LOOKS)
def test_every_detection_has_one_track_and_no_id_comes_twice(looks: list[tuple[list[Detection], float]]) -> None:
    tracker, position, known = Tracker(), 0.0, dict[int, Track]()
    for detections, elapsed in looks:
        position += elapsed
        tracks = tracker.update(detections, position)
        assert [track.box for track in tracks] == [detection.box for detection in detections]
        assert len({track.id for track in tracks}) == len(tracks)
        for track in tracker.tracks:
            assert known.setdefault(track.id, track) is track
            assert track.state == ("confirmed" if track.hits > 1 else "tentative")
        alive = {track.id for track in tracker.tracks}
        assert {track.id for track in tracks} <= alive
        assert all(track.state == "lost" for id_, track in known.items() if id_ not in alive)
