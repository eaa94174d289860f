"""What benchmarks.constants measures, on made-up encodings with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.constants import measure_distances
from recognizer.domain.following.detection import Encodings


def person(axis: int, *offsets: float) -> Encodings:
    """Photos of one person that differ from their mean by these offsets; two people lie 0.55 apart, without them."""
    rows = np.zeros((len(offsets), 128), np.float32)
    rows[:, axis] = 0.55 / 2**0.5
    rows[:, 100] = offsets
    return rows


def test_pairs_of_one_person_and_of_different_people_are_counted_apart() -> None:
    figures = measure_distances([person(0, -0.25, 0.25), person(1, 0.0, 0.0)])
    # One person's two photos lie 0.5 apart, the other's are the same; each pair counts in both orders.
    assert figures["one_person_beyond_0.41"] == pytest.approx(0.5)
    assert figures["one_person_beyond_0.58"] == 0.0
    assert figures["different_people_within_0.48"] == 0.0
    assert figures["different_people_within_0.58"] == 0.0
    assert figures["within_a_person"] == pytest.approx((2 * 0.25**2) / 2)


def test_people_who_look_alike_show_in_the_shares() -> None:
    figures = measure_distances([person(0, 0.0, 0.0), person(1, 0.0, 0.0), person(2, 1.0, 1.0)])
    # Two of three people lie 0.55 apart: 8 of 24 ordered pairs of photos.
    assert figures["different_people_within_0.58"] == pytest.approx(1 / 3)
    assert figures["different_people_within_0.48"] == 0.0
    assert figures["gap_1_percent"] == pytest.approx(0.55, abs=1e-3)
