from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.search import NOBODY, Crowd, Nearest

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


NO_SCATTER = np.zeros(STUDENTS, np.float32)
SCATTER = RANDOM.uniform(0, 0.2, STUDENTS).astype(np.float32)


@pytest.mark.parametrize("scatter", [NO_SCATTER, SCATTER], ids=["alike", "of few and of many references"])
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_the_two_nearest_are_those_of_a_plain_comparison_with_all(
    part: NDArray[np.bool_], scatter: NDArray[np.float32]
) -> None:
    distances = np.linalg.norm(MEANS[None].astype(np.float64) - PROBES[:, None], axis=2)
    to_centres = distances**2 - scatter
    to_centres[:, ~part] = np.inf
    for found, row, to_centre in zip(Crowd(MEANS, scatter, part).nearest(PROBES), distances, to_centres, strict=True):
        for near, expected in zip(found, np.argsort(to_centre)[:2], strict=True):
            if math.isinf(to_centre[expected]):
                assert near == NOBODY
            else:
                assert (near.row, near.distance) == (expected, pytest.approx(row[expected], abs=1e-5))
                assert near.to_centre == pytest.approx(to_centre[expected], abs=1e-5)


def test_a_probe_that_is_the_reference_itself_has_no_distance() -> None:
    (found,) = Crowd(MEANS, NO_SCATTER).nearest(MEANS[[4321]])
    assert found.first == (4321, 0.0, 0.0)


def test_nobody_is_near_where_nobody_is() -> None:
    assert Crowd(MEANS[:0], NO_SCATTER[:0]).nearest(PROBES[:1]) == [Nearest(NOBODY, NOBODY)]


def test_references_are_grouped_by_student_in_whatever_order_they_came() -> None:
    encodings = RANDOM.normal(0, 0.06, (5, 128)).astype(np.float32)
    grouped = Gallery(encodings, ("b", "a", "b", "c", "a"), ("",) * 5).grouped()
    assert [*grouped.numbers] == ["b", "a", "c"]
    expected = [encodings[[0, 2]].mean(axis=0), encodings[[1, 4]].mean(axis=0), encodings[3]]
    assert grouped.means() == pytest.approx(np.array(expected), abs=1e-6)


def test_an_ordered_gallery_is_not_copied() -> None:
    gallery = Gallery(MEANS[:4], ("a", "a", "b", "c"), ("",) * 4)
    assert gallery.grouped().encodings is gallery.encodings
