from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.following.detection import Detection, Encoding, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.revisits import is_encoding_due
from recognizer.domain.following.track import FORGOTTEN_SECONDS, KEPT_ENCODINGS, LOST_SECONDS, Track
from recognizer.domain.following.tracking import SPLIT_DISTANCE, Tracker

LOOK = 0.5
EVERYWHERE = [Region(Box(-1000, 5000, 3000, -1000), 1)]


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
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    assert track.state == "tentative"
    assert tracker.update([face(104)], LOOK, EVERYWHERE) == [track]
    assert track.state == "confirmed"


def test_a_face_that_looks_miss_for_seconds_is_lost() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    tracker.update([face(100)], LOOK, EVERYWHERE)
    for look in range(2, 13):
        tracker.update([], look * LOOK, EVERYWHERE)
        is_over = (look - 2) * LOOK >= LOST_SECONDS
        assert (track.state == "lost") == is_over
    assert tracker.tracks == ()


def test_where_nobody_looked_nothing_was_missed() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    elsewhere = [Region(Box(0, 2000, 1000, 600), 1), Region(Box(0, 600, 1000, 0), 20, 60)]
    for look in range(1, 31):
        tracker.update([], look * LOOK, elsewhere)
    assert track.misses == 0
    assert tracker.update([face(100)], 16.0, EVERYWHERE) == [track]
    assert tracker.update([], 16.5 + FORGOTTEN_SECONDS, elsewhere) == []
    assert tracker.tracks == ()


def test_a_face_that_was_only_once_there_is_given_up_sooner() -> None:
    tracker = Tracker()
    tracker.update([face(100)], 0.0, EVERYWHERE)
    tracker.update([], LOOK, EVERYWHERE)
    tracker.update([], 2 * LOOK, EVERYWHERE)
    assert tracker.tracks == ()


def play(tracker: Tracker, frames: list[dict[int, Detection]], by: dict[int, float] | None = None) -> list[list[int]]:
    """Let persons be seen frame by frame; gives the ids of the tracks that each person's encodings went to."""
    history: dict[int, list[int]] = {}
    for number, seen in enumerate(frames):
        position = number * LOOK
        tracks = tracker.update(list(seen.values()), position, EVERYWHERE)
        for axis, track in zip(seen, tracks, strict=True):
            if is_encoding_due(track, 0.5, position):
                track = tracker.attach(track, person(axis, (by or {}).get(axis, 0.0)), 0.5, position)
            history.setdefault(axis, []).append(track.id)
    return [history[axis] for axis in sorted(history)]


def test_two_who_cross_keep_their_tracks() -> None:
    frames = [{0: face(100 + 60 * n), 1: face(820 - 60 * n, y=300)} for n in range(13)]
    # Where they cross one stands before the other and only one face is seen.
    frames[6] = {0: face(460)}
    one, other = play(Tracker(), frames)
    assert (set(one), set(other)) == ({1}, {2})


def test_who_is_hidden_for_three_seconds_keeps_their_track() -> None:
    hidden = [{1: face(600)}] * 6
    frames = [{0: face(100), 1: face(600)}] * 4 + hidden + [{0: face(110), 1: face(600)}] * 4
    one, other = play(Tracker(), frames)
    assert (set(one), set(other)) == ({1}, {2})


def test_who_comes_back_after_longer_gets_a_track_of_their_own() -> None:
    away = [dict[int, Detection]()] * (int(LOST_SECONDS / LOOK) + 2)
    (one,) = play(Tracker(), [{0: face(100)}] * 4 + away + [{0: face(100)}] * 4)
    assert one == [1] * 4 + [2] * 4


@pytest.mark.parametrize(("by", "is_same"), [(0.2, True), (0.45, False)])
def test_who_comes_out_from_behind_a_neighbour_goes_on_in_their_own_track_if_it_is_surely_them(
    by: float, is_same: bool
) -> None:
    tracker = Tracker()
    for look in range(2):
        (track,) = tracker.update([face(100)], look * LOOK, EVERYWHERE)
    tracker.attach(track, person(0), 0.5, LOOK)
    (neighbour,) = tracker.update([face(150)], 2 * LOOK, EVERYWHERE)
    neighbour = tracker.attach(neighbour, person(1), 0.5, 2 * LOOK)
    assert neighbour is not track
    # The neighbour's last place is nearer to the face that comes back now.
    (found,) = tracker.update([face(145)], 3 * LOOK, EVERYWHERE)
    assert found is neighbour
    owner = tracker.attach(found, person(0, by), 0.5, 3 * LOOK)
    assert (owner is track) == is_same
    assert owner is not neighbour
    assert (owner.box, owner.misses) == (face(145).box, 0)


def test_who_takes_anothers_seat_within_seconds_is_not_joined_to_them() -> None:
    left, right = play(Tracker(), [{0: face(100)}] * 5 + [{}] * 4 + [{1: face(104)}] * 5)
    assert set(left).isdisjoint(right)


def test_two_who_look_alike_keep_apart_while_they_sit_side_by_side() -> None:
    tracker = Tracker()
    frames = [{0: face(100 + 8 * (n % 3)), 1: face(280 - 8 * (n % 2))} for n in range(20)]
    for number, seen in enumerate(frames):
        tracks = tracker.update(list(seen.values()), number * LOOK, EVERYWHERE)
        for by, track in zip((0.0, 0.2), tracks, strict=True):
            assert tracker.attach(track, person(0, by), 0.5, number * LOOK) is track
    assert [track.id for track in tracker.tracks] == [1, 2]
    assert [round(float(track.mean[127]), 2) for track in tracker.tracks] == [0.0, 0.2]


def test_a_seat_nobody_watched_for_long_is_checked_when_its_face_has_moved() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    tracker.update([face(100)], LOOK, EVERYWHERE)
    tracker.attach(track, person(0), 0.5, LOOK)
    tracker.update([face(120)], 8.0, EVERYWHERE)
    assert not track.is_doubtful
    # The same face, shown in the detector's next size.
    tracker.update([face(100, 280, 140)], 16.0, EVERYWHERE)
    assert not track.is_doubtful
    tracker.update([face(140, 280, 140)], 24.0, EVERYWHERE)
    assert track.is_doubtful


def test_somebody_walking_is_followed_by_their_pace() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(0)], 0.0, EVERYWHERE)
    for step in range(1, 10):
        # Two faces a look; with the pace known even a look left out is bridged.
        if step != 6:
            assert tracker.update([face(200 * step)], step * LOOK, EVERYWHERE) == [track]


def test_a_jump_never_joins_two_people() -> None:
    tracker = Tracker()
    (one,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    (other,) = tracker.update([face(400)], LOOK, EVERYWHERE)
    assert other.id != one.id
    assert tracker.tracks == (one, other)


def test_a_face_of_quite_another_size_is_another_face() -> None:
    tracker = Tracker()
    (near,) = tracker.update([face(100, width=200)], 0.0, EVERYWHERE)
    (far,) = tracker.update([face(150, y=350, width=90)], LOOK, EVERYWHERE)
    assert far.id != near.id


def test_the_best_pairs_are_joined_first() -> None:
    tracker = Tracker()
    left, right = tracker.update([face(100), face(210)], 0.0, EVERYWHERE)
    # Both moved by half a face: the second now stands where it is still in reach of the first's track.
    assert tracker.update([face(260), face(150)], LOOK, EVERYWHERE) == [right, left]


def test_a_face_found_again_after_a_miss_is_doubtful_until_encoded() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    tracker.attach(track, person(0), 0.5, 0.0)
    tracker.update([], LOOK, EVERYWHERE)
    tracker.update([face(100)], 2 * LOOK, EVERYWHERE)
    assert track.is_doubtful
    assert tracker.attach(track, person(0, 0.1), 0.5, 2 * LOOK) is track
    assert not track.is_doubtful


def test_an_encoding_of_somebody_else_splits_the_track() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    tracker.attach(track, person(0), 0.5, 0.0)
    tracker.update([face(100)], LOOK, EVERYWHERE)
    tracker.update([face(300)], 2 * LOOK, EVERYWHERE)
    successor = tracker.attach(track, person(1), 0.5, 2 * LOOK)
    assert (successor.id, successor.state, successor.box) == (2, "tentative", face(300).box)
    assert np.array_equal(successor.mean, person(1))
    assert np.array_equal(track.mean, person(0))
    # The first person, still in their place, was only not found for a look.
    assert tracker.update([face(300), face(100)], 3 * LOOK, EVERYWHERE) == [successor, track]


def test_two_people_who_changed_places_end_in_two_tracks_not_in_ever_new_ones() -> None:
    tracker = Tracker()
    for look in range(20):
        seen = person(0) if look < 5 else person(1)
        (track,) = tracker.update([face(100)], look * LOOK, EVERYWHERE)
        track = tracker.attach(track, seen, 0.5, look * LOOK)
    assert (track.id, track.state) == (2, "confirmed")
    assert np.array_equal(track.mean, person(1))
    assert tracker.tracks == (track,)


def test_a_person_turning_their_head_does_not_split_the_track() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    tracker.attach(track, person(0), 0.5, 0.0)
    assert tracker.attach(track, person(0, SPLIT_DISTANCE - 0.01), 0.5, LOOK) is track


def test_only_the_best_encodings_are_kept_and_averaged() -> None:
    tracker = Tracker()
    (track,) = tracker.update([face(100)], 0.0, EVERYWHERE)
    for index in range(2 * KEPT_ENCODINGS):
        tracker.attach(track, person(0, index / 100), quality=index / 10, position_seconds=index * LOOK)
    assert [kept.quality for kept in track.best] == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert track.mean[127] == pytest.approx(0.07)
    assert track.mean.dtype == np.float32


def test_an_undone_hit_leaves_the_track_as_it_was_and_missed() -> None:
    track = Track(1, face(100).box, 0.0)
    track.hit(face(110).box, LOOK)
    before = (track.box, track.seen_at, track.state, track.hits, track.velocity)
    track.hit(face(300).box, 2 * LOOK)
    track.undo_hit()
    assert (track.box, track.seen_at, track.state, track.hits, track.velocity) == before
    assert (track.misses, track.missed_since, track.looked_at) == (1, 2 * LOOK, 2 * LOOK)
    assert not track.has_jumped


def test_a_track_whose_only_hit_is_undone_is_lost() -> None:
    track = Track(1, face(100).box, 0.0)
    track.undo_hit()
    assert track.state == "lost"


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
        tracks = tracker.update(detections, position, EVERYWHERE)
        assert [track.box for track in tracks] == [detection.box for detection in detections]
        assert len({track.id for track in tracks}) == len(tracks)
        for track in tracker.tracks:
            assert known.setdefault(track.id, track) is track
            assert track.state == ("confirmed" if track.hits > 1 else "tentative")
        alive = {track.id for track in tracker.tracks}
        assert {track.id for track in tracks} <= alive
        assert all(track.state == "lost" for id_, track in known.items() if id_ not in alive)
