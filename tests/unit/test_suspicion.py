"""Signs that a face is on a picture that somebody holds up."""

from __future__ import annotations

import numpy as np

from recognizer.domain.following.detection import Encoding
from recognizer.domain.following.suspicion import LEAST_ENCODINGS, LEAST_SECONDS, MOST_CHANGE, Stillness


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
    still = [(3 * MOST_CHANGE, 35.0), (3 * MOST_CHANGE, 45.0)]
    assert stillness(*looks, *still).is_suspicious
    assert not stillness(*looks, *still, (0.0, 50.0)).is_suspicious
