"""When a face is looked at again, and when it is encoded again: each rule alone."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.domain.following.geometry import Box
from recognizer.domain.following.revisits import (
    ANOTHER_MOMENT_SECONDS,
    DOUBTED_SECONDS,
    EAGER_LOOKS,
    ENOUGH_ENCODINGS,
    LONGEST_WAIT_SECONDS,
    LONGEST_WALK_LOOKS,
    MISSED_REST_SECONDS,
    MOST_ENCODINGS_PER_TRACK,
    NAMED_REST_SECONDS,
    NEARLY_NAMED,
    RECHECK_SECONDS,
    SPACING_SECONDS,
    Urgency,
    is_encoding_due,
    is_look_due,
)
from recognizer.domain.following.sweeps import SWEEP_SECONDS
from recognizer.domain.following.track import KEPT_ENCODINGS, SEATED_PACE, Track

LOOK = 0.5
PLACE = Box(300, 200, 400, 100)
FACE = np.zeros(128, np.float32)


def seated(encodings: int = 0, quality: float = 0.5) -> Track:
    """A face that sits still, found and encoded at 0 s."""
    track = Track(1, PLACE, 0.0)
    for _ in range(encodings):
        track.add_encoding(FACE, quality, 0.0)
    return track


def rest_of(track: Track) -> float:
    """How long after the last look the next one is due, in seconds."""
    waits = np.arange(0.0, 2 * SWEEP_SECONDS, 0.25)
    return float(next(wait for wait in waits if is_look_due(track, track.looked_at + wait)))


def test_a_named_face_rests_a_while_before_its_second_encoding_and_then_until_the_sweep() -> None:
    track = seated(encodings=1)
    track.is_named, track.nearest_distance = True, 0.3
    assert rest_of(track) == NAMED_REST_SECONDS
    track.add_encoding(FACE, 0.5, 0.0)
    assert rest_of(track) == SWEEP_SECONDS


@pytest.mark.parametrize(
    ("distance", "encodings", "rest"),
    [
        (NEARLY_NAMED, ENOUGH_ENCODINGS, 0.0),
        (NEARLY_NAMED, KEPT_ENCODINGS, ANOTHER_MOMENT_SECONDS),
        (NEARLY_NAMED + 0.01, ENOUGH_ENCODINGS - 1, 0.0),
        (NEARLY_NAMED + 0.01, ENOUGH_ENCODINGS, SWEEP_SECONDS),
        (NEARLY_NAMED, MOST_ENCODINGS_PER_TRACK, SWEEP_SECONDS),
    ],
)
def test_a_face_that_may_yet_be_named_is_looked_at_more_than_one_far_from_everybody(
    distance: float, encodings: int, rest: float
) -> None:
    track = seated(encodings)
    track.nearest_distance = distance
    assert rest_of(track) == rest


def test_the_waits_for_a_face_that_looks_miss_grow_up_to_a_limit() -> None:
    track = seated(encodings=1)
    waits = []
    for _ in range(EAGER_LOOKS + 4):
        track.miss(track.looked_at)
        waits.append(rest_of(track))
    assert waits[: EAGER_LOOKS - 1] == [0.0] * (EAGER_LOOKS - 1)
    assert waits[EAGER_LOOKS - 1 :] == sorted(waits[EAGER_LOOKS - 1 :])
    assert waits[-1] == LONGEST_WAIT_SECONDS


def test_a_named_face_that_is_missed_is_looked_for_sooner_than_it_would_be_looked_at() -> None:
    track = seated(encodings=ENOUGH_ENCODINGS)
    track.is_named = True
    track.miss(0.0)
    assert rest_of(track) == MISSED_REST_SECONDS < SWEEP_SECONDS


def test_who_walks_is_followed_in_every_frame_until_they_sit_or_were_looked_at_often() -> None:
    track = seated(encodings=ENOUGH_ENCODINGS)
    track.is_named = True
    for step in range(1, LONGEST_WALK_LOOKS):
        track.hit(PLACE.moved(100 * step, 0), step * LOOK)
        assert track.pace > SEATED_PACE
        assert is_look_due(track, track.looked_at)
    track.hit(PLACE.moved(100 * LONGEST_WALK_LOOKS, 0), LONGEST_WALK_LOOKS * LOOK)
    assert not is_look_due(track, track.looked_at)


def test_a_face_that_has_jumped_is_encoded_at_once_whatever_its_picture() -> None:
    track = seated(encodings=KEPT_ENCODINGS)
    track.hit(PLACE.moved(150, 0), LOOK / 10)
    assert is_encoding_due(track, 0.01, LOOK / 10)


def test_a_named_face_that_was_missed_waits_for_its_check_and_another_does_not() -> None:
    named, unnamed = seated(encodings=ENOUGH_ENCODINGS), seated(encodings=ENOUGH_ENCODINGS)
    named.is_named = True
    for track in (named, unnamed):
        track.miss(LOOK)
        track.hit(PLACE, 2 * LOOK)
    assert is_encoding_due(unnamed, 0.01, 2 * LOOK)
    assert not is_encoding_due(named, 1.0, DOUBTED_SECONDS - LOOK)
    assert is_encoding_due(named, 0.01, DOUBTED_SECONDS)


def test_a_wait_does_not_last_for_one_frame_more_where_frames_come_a_little_sooner() -> None:
    beat, track = 0.48, seated(encodings=KEPT_ENCODINGS)
    assert not is_encoding_due(track, 0.5, 3 * beat)
    assert is_encoding_due(track, 0.5, 4 * beat)


def test_a_face_not_named_yet_is_encoded_at_another_moment_unless_its_picture_is_poor() -> None:
    track = seated(encodings=KEPT_ENCODINGS)
    assert not is_encoding_due(track, 0.5, ANOTHER_MOMENT_SECONDS - 0.3)
    assert is_encoding_due(track, 0.5, ANOTHER_MOMENT_SECONDS)
    assert not is_encoding_due(track, 0.2, ANOTHER_MOMENT_SECONDS)
    track.is_named = True
    assert not is_encoding_due(track, 0.5, ANOTHER_MOMENT_SECONDS)


def test_doubtful_faces_are_encoded_first_then_those_with_few_encodings_then_good_pictures() -> None:
    doubtful, new, known = seated(encodings=3), seated(), seated(encodings=3)
    doubtful.is_doubtful = True
    faces = [(known, 0.4), (new, 0.1), (known, 0.9), (doubtful, 0.1)]
    assert sorted(faces, key=lambda face: Urgency.of(*face)) == [faces[3], faces[1], faces[2], faces[0]]


def test_a_face_is_encoded_at_some_distance_in_time_then_when_clearly_better_or_for_a_check() -> None:
    track = seated()
    for look in range(KEPT_ENCODINGS):
        assert is_encoding_due(track, 0.5, look * LOOK)
        track.add_encoding(FACE, 0.5, look * LOOK)
        assert not is_encoding_due(track, 1.0, look * LOOK + SPACING_SECONDS / 2)
    later = KEPT_ENCODINGS * LOOK
    assert not is_encoding_due(track, 0.55, later)
    assert is_encoding_due(track, 0.9, later)
    assert is_encoding_due(track, 0.1, later + RECHECK_SECONDS)


def test_a_face_that_is_named_is_encoded_again_only_when_clearly_better_than_its_best() -> None:
    track = seated()
    for look, quality in enumerate((0.8, 0.4)):
        track.add_encoding(FACE, quality, look * LOOK)
    track.is_named = True
    assert not is_encoding_due(track, 0.9, 2 * LOOK)
    assert is_encoding_due(track, 1.1, 2 * LOOK)


def test_a_track_is_never_encoded_more_than_a_set_number_of_times_for_better_pictures() -> None:
    track = seated()
    encoded = 0
    for look in range(100):
        quality = 1.3**look
        if is_encoding_due(track, quality, look * LOOK):
            track.add_encoding(FACE, quality, look * LOOK)
            encoded += 1
    assert encoded == MOST_ENCODINGS_PER_TRACK
