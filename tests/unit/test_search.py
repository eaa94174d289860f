from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.search import Crowd, Nearest

STUDENTS = 9000
"""More than two blocks."""

RANDOM = np.random.default_rng(11)
MEANS = RANDOM.normal(0, 0.06, (STUDENTS, 128)).astype(np.float32)
PROBES = (MEANS[RANDOM.integers(0, STUDENTS, 30)] + RANDOM.normal(0, 0.04, (30, 128))).astype(np.float32)
PARTS = {
    "everybody": np.ones(STUDENTS, np.bool_),
    "a few": np.arange(STUDENTS) % 500 == 7,
    "most": np.arange(STUDENTS) % 500 != 7,
    "the last": np.arange(STUDENTS) == STUDENTS - 1,
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_the_two_nearest_are_those_of_a_plain_comparison_with_all(part: NDArray[np.bool_]) -> None:
    distances = np.linalg.norm(MEANS[None].astype(np.float64) - PROBES[:, None], axis=2)
    distances[:, ~part] = np.inf
    for found, row in zip(Crowd(MEANS, part).nearest(PROBES), distances, strict=True):
        first, second = np.argsort(row)[:2]
        assert (found.first, found.first_distance) == (first, pytest.approx(row[first], abs=1e-5))
        if math.isinf(row[second]):
            assert (found.second, found.second_distance) == (-1, math.inf)
        else:
            assert (found.second, found.second_distance) == (second, pytest.approx(row[second], abs=1e-5))


def test_a_probe_that_is_the_reference_itself_has_no_distance() -> None:
    (found,) = Crowd(MEANS).nearest(MEANS[[4321]])
    assert (found.first, found.first_distance) == (4321, 0.0)


def test_nobody_is_near_where_nobody_is() -> None:
    assert Crowd(MEANS[:0]).nearest(PROBES[:1]) == [Nearest(-1, math.inf, -1, math.inf)]


def test_references_are_grouped_by_student_in_whatever_order_they_came() -> None:
    encodings = RANDOM.normal(0, 0.06, (5, 128)).astype(np.float32)
    grouped = Gallery(encodings, ("b", "a", "b", "c", "a"), ("",) * 5).grouped()
    assert [*grouped.numbers] == ["b", "a", "c"]
    expected = [encodings[[0, 2]].mean(axis=0), encodings[[1, 4]].mean(axis=0), encodings[3]]
    assert grouped.means() == pytest.approx(np.array(expected), abs=1e-6)


def test_an_ordered_gallery_is_not_copied() -> None:
    gallery = Gallery(MEANS[:4], ("a", "a", "b", "c"), ("",) * 4)
    assert gallery.grouped().encodings is gallery.encodings
