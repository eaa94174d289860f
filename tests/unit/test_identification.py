from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.detection import Encoding
from recognizer.domain.gallery import Gallery
from recognizer.domain.identification import Candidate, identify, settle_rivals

TOLERANCE = 0.45


def at(distance: float, axis: int = 0) -> Encoding:
    """An encoding that far from the origin."""
    encoding = np.zeros(128, np.float32)
    encoding[axis] = distance
    return encoding


def gallery(*references: tuple[str, float]) -> Gallery:
    """References at these distances from the origin, each in a direction of its own."""
    built = Gallery.empty()
    for row, (number, distance) in enumerate(references):
        built = built.with_reference(number, f"photo {row}", at(distance, row))
    return built


def test_the_nearest_student_within_the_tolerance_is_named_with_the_evidence() -> None:
    candidate = identify(at(0), gallery(("near", 0.3), ("far", 0.6)), TOLERANCE)
    assert (candidate.number, candidate.runner_up_number) == ("near", "far")
    assert candidate.distance == pytest.approx(0.3)
    assert candidate.runner_up_distance == pytest.approx(0.6)


def test_a_stranger_is_nobody() -> None:
    assert identify(at(0), gallery(("near", 0.46), ("far", 0.9)), TOLERANCE).number is None


def test_a_face_between_two_students_is_neither() -> None:
    assert identify(at(0), gallery(("one", 0.30), ("other", 0.33)), TOLERANCE).number is None
    assert identify(at(0), gallery(("one", 0.30), ("other", 0.36)), TOLERANCE).number == "one"


def test_another_photo_of_the_same_student_is_no_rival() -> None:
    candidate = identify(at(0), gallery(("one", 0.30), ("one", 0.31), ("other", 0.5)), TOLERANCE)
    assert (candidate.number, candidate.runner_up_number) == ("one", "other")


def test_a_student_is_as_near_as_the_nearest_of_their_photos() -> None:
    assert identify(at(0), gallery(("one", 0.9), ("other", 0.5), ("one", 0.2)), TOLERANCE).number == "one"


def test_in_an_empty_gallery_everyone_is_nobody() -> None:
    assert identify(at(0), Gallery.empty(), TOLERANCE) == Candidate(None, math.inf, None, None)


def test_in_a_gallery_of_one_there_is_no_runner_up() -> None:
    candidate = identify(at(0), gallery(("only", 0.3)), TOLERANCE)
    assert (candidate.number, candidate.runner_up_number, candidate.runner_up_distance) == ("only", None, None)


def test_of_two_faces_that_look_like_one_student_the_nearer_is_the_student() -> None:
    settled = settle_rivals([Candidate("1", 0.4), Candidate("1", 0.3), Candidate("2", 0.44)])
    assert [candidate.number for candidate in settled] == [None, "1", "2"]


CANDIDATES = st.lists(st.builds(Candidate, st.sampled_from([None, "1", "2", "3"]), st.floats(0, 1)))


@given(CANDIDATES)
def test_no_student_is_named_twice_and_none_is_forgotten(candidates: list[Candidate]) -> None:
    settled = settle_rivals(candidates)
    named = [candidate.number for candidate in settled if candidate.number]
    assert sorted(named) == sorted({candidate.number for candidate in candidates if candidate.number})
    assert [candidate.distance for candidate in settled] == [candidate.distance for candidate in candidates]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0.0, 1.0)), max_size=8), st.floats(0.1, 0.6))
def test_a_name_is_given_only_within_tolerance_and_margin(
    references: list[tuple[str, float]], tolerance: float
) -> None:
    candidate = identify(at(0), gallery(*references), tolerance, 0.05)
    if candidate.number is not None:
        assert candidate.distance <= tolerance
        others = [distance for number, distance in references if number != candidate.number]
        assert all(distance - candidate.distance > 0.05 - 1e-6 for distance in others)
