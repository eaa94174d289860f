"""Signs that a face is on a picture that somebody holds up."""

from __future__ import annotations

import numpy as np

from recognizer.domain.following.detection import Encoding
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.surroundings import Movement
from recognizer.domain.following.suspicion import LEAST_ENCODINGS, LEAST_SECONDS, MOST_CHANGE, Rigidity, Stillness
from tests.fakes import FakeSurroundings


def face(by: float = 0.0) -> Encoding:
    """So far from the one that is asked for without a number."""
    encoding = np.zeros(128, np.float32)
    encoding[0] = by
    return encoding


def stillness(*looks: tuple[float, float]) -> Stillness:
    """After encodings so far from the first one, each at its time."""
    found = Stillness()
    for by, seconds in looks:
        found.add(face(by), seconds)
    return found


LIKE = MOST_CHANGE * 0.9


def test_a_face_that_stays_the_same_is_suspicious_once_a_living_one_would_have_changed() -> None:
    looks = [(LIKE * (index % 2), LEAST_SECONDS * index / (LEAST_ENCODINGS - 1)) for index in range(LEAST_ENCODINGS)]
    assert stillness(*looks).is_suspicious
    assert not stillness(*looks[:-1]).is_suspicious


def test_a_moment_says_nothing_however_often_it_was_encoded() -> None:
    assert not stillness(*((0.0, index / 10) for index in range(50))).is_suspicious


def test_a_face_that_changes_is_not_suspicious_and_is_watched_anew_from_then_on() -> None:
    looks = [(0.0, 0.0), (LIKE, 10.0), (3 * MOST_CHANGE, 20.0), (3 * MOST_CHANGE, 30.0)]
    assert not stillness(*looks).is_suspicious
    still = [(3 * MOST_CHANGE, 35.0), (3 * MOST_CHANGE, 40.0), (3 * MOST_CHANGE, 45.0)]
    assert stillness(*looks, *still).is_suspicious
    assert not stillness(*looks, *still, (0.0, 50.0)).is_suspicious


AS_ONE = Movement((0.2, 0.1), ((0.2, 0.1), (0.19, 0.08), (0.22, 0.1)))
BEFORE_A_WALL = Movement((0.2, 0.1), ((0.0, 0.0), (0.01, 0.0), (0.2, 0.1)))
HARDLY = Movement((0.03, 0.0), ((0.03, 0.0), (0.03, 0.0), (0.03, 0.0)))


def rigidity(*movements: Movement | None, every: float = 5.0) -> Rigidity:
    found, reader = Rigidity(), FakeSurroundings()
    for index in range(len(movements) + 1):
        assert found.is_due(every * index)
        reader.says = movements[index - 1]
        found.compare(reader, np.zeros((9, 9, 3), np.uint8), Box(0, 4, 4, 0), every * index)
    return found


def test_a_face_whose_surroundings_move_with_it_again_and_again_is_suspicious() -> None:
    assert rigidity(AS_ONE, AS_ONE, AS_ONE).is_suspicious
    assert not rigidity(AS_ONE, AS_ONE).is_suspicious
    assert not rigidity(AS_ONE, None, AS_ONE).is_suspicious, "a face that is not found again says nothing"


def test_a_face_that_moves_before_a_wall_is_not_suspicious() -> None:
    assert not rigidity(BEFORE_A_WALL, AS_ONE, BEFORE_A_WALL, BEFORE_A_WALL).is_suspicious


def test_a_face_that_hardly_moves_says_nothing() -> None:
    assert not rigidity(*[HARDLY] * 9).is_suspicious


def test_pictures_that_are_long_apart_are_not_compared() -> None:
    found, reader = Rigidity(), FakeSurroundings()
    for at in (0.0, 60.0, 120.0):
        found.compare(reader, np.zeros((9, 9, 3), np.uint8), Box(0, 4, 4, 0), at)
    assert not found.is_due(120.5)
    assert found.is_due(130.0)
