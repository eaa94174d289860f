"""Error rates of recognition from distances (lower is closer), in the terms of ISO/IEC 19795-1.

Verification compares pairs: TAR (true accept rate) of genuine pairs at a FAR (false accept rate) of impostor pairs.
Open-set identification searches a gallery: FPIR (false positive identification rate) is the share of strangers'
searches that give anybody's name, FNIR (false negative identification rate) the share of students' searches that do
not give their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Distances = NDArray[np.floating[Any]]
Weights = NDArray[np.floating[Any]]

LEAST_EVENTS = 3
"""A rate can be told only where that many errors are to be expected: after n trials without one, a rate of 3/n is
still likely (the "rule of three", ISO/IEC 19795-1)."""

REPLICATES = 300
CONFIDENCE = 0.95

_ROUNDING = 1e-9
"""Weights are counts: a sum of them that is off by less is the same."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def threshold_at(negatives: Distances, rate: float, weights: Weights | None = None) -> float:
    """The largest threshold that accepts no more than that share of the negatives; infinite where it may be all.

    What lies at a threshold is accepted, so it lies just below the first negative that would be one too many.
    negatives: in any order, but quickest when they ascend.
    """
    order = np.argsort(negatives, kind="stable")
    ordered = np.asarray(negatives, float)[order]
    mass = np.ones(len(ordered)) if weights is None else np.asarray(weights, float)[order]
    too_many = np.flatnonzero(np.cumsum(mass) > rate * mass.sum() + _ROUNDING)
    return float(np.nextafter(ordered[too_many[0]], -np.inf)) if len(too_many) else float("inf")


def share(flags: NDArray[np.bool_], weights: Weights | None = None) -> float:
    """The share that is true; not a number where there is nothing."""
    mass = np.ones(len(flags)) if weights is None else weights
    total = float(mass.sum())
    return float(mass[flags].sum()) / total if total else float("nan")


def rates_at(thresholds: Distances, distances: Distances) -> NDArray[np.float64]:
    """For each threshold the share of the distances that is accepted: no larger than it."""
    found = np.searchsorted(np.sort(distances), thresholds, "right")
    return np.asarray(found / max(1, len(distances)), np.float64)


def trade_off(positives: Distances, negatives: Distances, points: int = 400) -> tuple[Distances, Distances]:
    """(false accepts, misses) from strict to lax, as shares: a DET curve, and with 1 − misses a ROC curve.

    A positive that can never be accepted has the distance infinity. There must be a negative, each finite.
    """
    accepted = positives[np.isfinite(positives)]
    thresholds = np.unique(np.concatenate([accepted, negatives]))
    if len(thresholds) > points:
        # Half of them evenly on a logarithmic axis of the false accepts, half by the share of positives accepted.
        ranks = np.unique(np.geomspace(1, max(1, len(negatives)), points // 2).astype(int)) - 1
        levels = np.quantile(accepted, np.linspace(0, 1, points // 2)) if len(accepted) else accepted
        thresholds = np.unique(np.concatenate([np.sort(negatives)[ranks], levels]))
    return rates_at(thresholds, negatives), 1 - rates_at(thresholds, positives)


def are_enough(trials: int, rate: float) -> bool:
    """Whether so many trials of negatives can tell a rate so small."""
    return trials * rate >= LEAST_EVENTS - _ROUNDING


def unseen(people: int) -> float:
    """How large a share may be of which nothing was seen in so many people: the rule of three."""
    return min(1.0, LEAST_EVENTS / max(1, people))


def bootstrap(people: int, measure: Callable[[Weights], float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of a measure when the people are drawn anew, with replacement, again and again.

    measure: takes the weight of each person, how often they were drawn. People are drawn and not photos: the photos of
    one person are alike in how hard they are, and the next classroom brings other people. Not a number where no draw
    can be measured. Method: the subject-level percentile bootstrap (Efron; ISO/IEC 19795-1 for biometrics).
    """
    random = np.random.default_rng(seed)
    drawn = random.multinomial(people, np.full(people, 1 / people), REPLICATES) if people else np.empty((0, 0))
    found = np.array([measure(weights.astype(float)) for weights in drawn])
    found = found[np.isfinite(found)]
    if not len(found):
        return float("nan"), float("nan")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(low), float(high)


def share_of(flags: NDArray[np.bool_], person: NDArray[np.integer[Any]], people: int) -> Interval:
    """The share that is true, with the interval of people drawn anew; ``person``: whose each of them is.

    Where none is true drawing anew shows nothing: the interval then ends where the rule of three does. Not a number
    where there is nothing.
    """
    low, high = bootstrap(people, lambda weights: share(flags, weights[person]))
    if len(flags) and flags.any() != flags.all():
        return Interval(share(flags), low, high)
    margin = unseen(len(np.unique(person)))
    return Interval(share(flags), 1 - margin if flags.any() else 0.0, 1.0 if flags.any() else margin)
