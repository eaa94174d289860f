"""Error rates on numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.evaluation.metrics import (
    are_enough,
    bootstrap,
    rates_at,
    share,
    share_of,
    threshold_at,
    trade_off,
)


def test_a_threshold_lets_no_more_than_the_share_of_negatives_in() -> None:
    negatives = np.array([0.4, 0.1, 0.2, 0.3])
    assert threshold_at(negatives, 0.25) == pytest.approx(0.2)
    assert rates_at(np.array([threshold_at(negatives, 0.25)]), negatives).tolist() == [0.25]
    assert rates_at(np.array([threshold_at(negatives, 0.2)]), negatives).tolist() == [0.0]


def test_equal_distances_are_let_in_together_or_not_at_all() -> None:
    negatives = np.array([0.1, 0.1, 0.2, 0.3])
    assert threshold_at(negatives, 0.25) < 0.1


def test_a_weight_counts_as_often_as_it_says() -> None:
    assert threshold_at(np.array([0.1, 0.2]), 0.25, np.array([1.0, 3.0])) == pytest.approx(0.2)
    assert share(np.array([True, False]), np.array([1.0, 3.0])) == 0.25


def test_a_distance_at_the_threshold_is_accepted() -> None:
    assert rates_at(np.array([0.1, 0.2]), np.array([0.2, 0.3])).tolist() == [0.0, 0.5]


def test_the_curve_goes_from_strict_to_lax() -> None:
    false_accepts, misses = trade_off(np.array([0.1, 0.3]), np.array([0.2, 0.4]))
    assert false_accepts.tolist() == [0.0, 0.5, 0.5, 1.0]
    assert misses.tolist() == [0.5, 0.5, 0.0, 0.0]


def test_a_small_rate_needs_many_trials() -> None:
    assert are_enough(300, 0.01)
    assert not are_enough(299, 0.01)


def test_people_who_differ_make_a_wide_interval_and_people_alike_none() -> None:
    flags = np.array([1.0] * 10 + [0.0] * 10)
    low, high = bootstrap(20, lambda weights: float(weights @ flags / weights.sum()))
    assert low == pytest.approx(0.3, abs=0.1)
    assert high == pytest.approx(0.7, abs=0.1)
    assert bootstrap(20, lambda weights: 0.5) == (0.5, 0.5)


def test_what_was_never_seen_may_yet_be_three_in_the_number_of_people() -> None:
    person = np.repeat(np.arange(30), 100)
    found = share_of(np.zeros(3000, bool), person, 30)
    assert (found.value, found.low, found.high) == (0.0, 0.0, pytest.approx(0.1))
    found = share_of(np.ones(3000, bool), person, 30)
    assert (found.value, found.low, found.high) == (1.0, pytest.approx(0.9), 1.0)


def test_many_photos_of_few_people_do_not_make_a_share_sure() -> None:
    flags = np.repeat([True, False, False, False], 1000)
    found = share_of(flags, np.repeat(np.arange(4), 1000), 4)
    assert found.value == 0.25
    assert found.high - found.low > 0.5


def test_a_curve_of_many_distances_is_drawn_with_few_points_that_lie_on_it() -> None:
    random = np.random.default_rng(0)
    positives, negatives = random.normal(0.3, 0.05, 5000), random.normal(0.7, 0.1, 50_000)
    false_accepts, misses = trade_off(positives, negatives, points=100)
    assert len(false_accepts) <= 100
    assert np.all(np.diff(false_accepts) >= 0)
    assert np.all(np.diff(misses) <= 0)
    at_one_percent = np.mean(positives > np.quantile(negatives, 0.01))
    assert np.interp(0.01, false_accepts, misses) == pytest.approx(at_one_percent, abs=0.01)
