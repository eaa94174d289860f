"""The impostor law: how far one person's probe lies from another person, as a distribution.

A squared distance is a sum of many squares, and the cube root of such a sum is nearly normal (Wilson and Hilferty, "The
distribution of chi-square", 1931). So the law is a normal of the distance to the power of two thirds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

POWER = 2 / 3
"""A distance to this power is nearly normal. A normal of the distance itself has too heavy a lower tail: it names fewer
strangers than may be named, and fewer students."""

TAILS = (0.01, 0.001, 0.0001)
"""The quantiles of a sample that its normal is held to, in the lower tail, which alone matters."""

LEAST_IN_TAIL = 20
"""A sample tells a quantile if at least this many of its values lie below it: a pair of twins must not set everyone's
tolerance."""


class Normal(NamedTuple):
    """A normal distribution of distances to the POWER."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class ImpostorLaw:
    """The distance of one person's probe to another person.

    by_encodings: to the other's mean reference, of one encoding, of the mean of two, …; at least one, and the last is
    for all more. people: how many it was measured on. nearest_reference: of a single encoding to the nearest of the
    other's references; None where it is not known.
    """

    by_encodings: tuple[Normal, ...]
    people: int
    nearest_reference: Normal | None = None

    @classmethod
    def fit(
        cls,
        distances: Sequence[NDArray[np.floating[Any]]],
        people: int,
        to_nearest_reference: NDArray[np.floating[Any]] | None = None,
    ) -> ImpostorLaw:
        """The law of measured distances: a sample of at least two for each number of encodings.

        to_nearest_reference: a sample of single encodings' distances to the nearest reference.
        """
        by_encodings = tuple(fit_normal(np.asarray(sample) ** POWER) for sample in distances)
        nearest = None if to_nearest_reference is None else fit_normal(to_nearest_reference**POWER)
        return cls(by_encodings, people, nearest)

    def quantile(self, chance: float, encodings: int) -> float:
        """The next distance falls below this one with that chance, the law's own uncertainty included."""
        return self._quantile(chance, self.by_encodings[min(encodings, len(self.by_encodings)) - 1])

    def nearest_reference_quantile(self, chance: float) -> float:
        """The same for a single encoding's distance to the nearest reference; 0 where that is not known."""
        return 0.0 if self.nearest_reference is None else self._quantile(chance, self.nearest_reference)

    def _quantile(self, chance: float, normal: Normal) -> float:
        """The quantile of a prediction interval: the variance grows by that of the quantile's own estimate.

        People were drawn, not pairs of people, so the mean varies as that of that many draws. The deviation varies
        about as that of all pairs, which share people but whose squares hardly depend on each other.
        """
        reach = -NormalDist().inv_cdf(chance)
        doubt = 1 / self.people + reach**2 / (self.people * (self.people - 1))
        return float(max(0.0, normal.mean - normal.deviation * reach * math.sqrt(1 + doubt)) ** (1 / POWER))


def fit_normal(values: NDArray[np.floating[Any]]) -> Normal:
    """The normal of a sample of two or more, widened where the sample has more low values than the normal would have.

    A population of several kinds of faces has a heavier lower tail than a normal.
    """
    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    for chance in TAILS:
        if chance * values.size >= LEAST_IN_TAIL:
            reach = mean - float(np.quantile(values, chance))
            deviation = max(deviation, reach / -NormalDist().inv_cdf(chance))
    return Normal(mean, deviation)
