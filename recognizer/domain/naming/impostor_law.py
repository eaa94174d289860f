"""The impostor law: how far one person's encodings lie from another person, as a distribution.

Everybody's encodings scatter about a centre of their own. The mean of r references lies off its centre by within / r,
as a mean squared distance, and the mean of k encodings by within / k. So the squared distance between the two is that
between the centres plus this scatter, and one law serves every number of references and encodings.

A squared distance is a sum of many squares, and the cube root of such a sum is nearly normal (Wilson and Hilferty, "The
distribution of chi-square", 1931). docs/recognition.md, "Tolerances", works it through on an example.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.naming.search import squared_distances

DIMENSIONS = 50.0
"""Along the line to another person lies one part in so many of a person's scatter. The mean of four sets of photos
(docs/recognition.md, "People in general")."""

WITHIN_WEIGHT = 20
"""The prior's ``within`` counts as much as this many second photos: people differ in how much they scatter."""

DEVIATION_WEIGHT = 1.25
"""The prior's deviation counts for so many times its people: few pairs tell the deviation worse than the mean
(docs/method.md, "The estimates")."""

LEAST_MEAN = 0.1
"""No two people in a population are on average nearer than this: a gallery of one person's photos under many numbers
would make the noise of a distance vanish."""

LEAST_DEVIATION = 0.02
"""A few pairs may happen to lie equally far apart."""

_Rows = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class ImpostorLaw:
    """Squared distances between people, in four numbers.

    mean, deviation: of the squared distance between two people's centres. within: the mean squared distance of an
    encoding from its person's centre. people: how many it was measured on.
    """

    mean: float
    deviation: float
    within: float
    people: float

    def scatter(self, encodings: int, spread: float | None = None) -> float:
        """The mean squared distance of the mean of so many encodings from their person's centre.

        spread: their own mean squared distance from their mean. What they do not differ by, they share: frames of one
        moment are all off in the same direction. None takes them for independent.
        """
        least = self.within / encodings
        return least if spread is None else min(max(self.within - spread, least), self.within)

    def quantile(self, chance: float, scatter: float) -> float:
        """A stranger's squared distance falls below this one with that chance; ``scatter``: of both means together."""
        expected = self.mean + scatter
        variance = self.deviation**2 + _noise(self.mean, scatter)
        ninth = variance / (9 * expected**2)
        root = 1 - ninth + NormalDist().inv_cdf(chance) * math.sqrt(ninth)
        return float(expected * max(root, 0.0) ** 3)


def measure_law(people: Sequence[_Rows], prior: ImpostorLaw) -> ImpostorLaw:
    """The law of these people, (m, 128) encodings each, pulled towards the prior the more the fewer they are.

    The prior counts as much as its own number of people, and a quarter more for the deviation. It may make the law
    stricter. But it makes the mean hardly larger than the middle of the people's own distances, the less so the more
    pairs these are.
    """
    within = _measure_within(people, prior)
    if len(people) < 2:
        return ImpostorLaw(prior.mean, prior.deviation, within, len(people))
    between, noise = _measure_between(people, within)
    own_mean = max(float(between.mean()), LEAST_MEAN)
    variance = float(between.var(ddof=1)) - noise if len(between) > 1 else prior.deviation**2
    pulled = _pulled(own_mean, prior.mean, len(people), prior.people)
    own_variance = max(variance, LEAST_DEVIATION**2)
    deviation = math.sqrt(_pulled(own_variance, prior.deviation**2, len(people), DEVIATION_WEIGHT * prior.people))
    # The median, which one pair of twins does not move. A single pair binds nothing, three by two thirds, many fully.
    bound = max(float(np.median(between)), LEAST_MEAN)
    if bound < pulled:
        pulled = bound + (pulled - bound) / len(between)
    return ImpostorLaw(pulled, deviation, within, len(people))


def measure_population(people: Sequence[_Rows]) -> ImpostorLaw:
    """The law of many people as they are, without a prior; some of them need a second encoding."""
    within = _measure_within(people)
    between, noise = _measure_between(people, within)
    variance = max(float(between.var()) - noise, LEAST_DEVIATION**2)
    return ImpostorLaw(float(between.mean()), math.sqrt(variance), within, len(people))


def _pulled(own: float, prior: float, people: float, weight: float) -> float:
    """What so many people say, pulled towards the prior, which counts as much as ``weight`` people."""
    return (people * own + weight * prior) / (people + weight)


def _measure_between(people: Sequence[_Rows], within: float) -> tuple[_Rows, float]:
    """(pairs,) squared distances between people's centres, and the mean variance that their scatter adds to these."""
    means = np.array([rows.mean(axis=0) for rows in people], np.float64)
    scatter = within / np.array([len(rows) for rows in people], np.float64)
    pairs = np.triu_indices(len(people), 1)
    of_both = (scatter[:, None] + scatter[None])[pairs]
    between = squared_distances(means, means)[pairs] - of_both
    return between, float(np.mean(_noise(max(float(between.mean()), LEAST_MEAN), of_both)))


def _noise(mean: float, scatter: Any) -> Any:
    """The variance of a squared distance about the one between the centres, by what the encodings scatter."""
    return (4 * mean * scatter + 2 * scatter**2) / DIMENSIONS


def _measure_within(people: Sequence[_Rows], prior: ImpostorLaw | None = None) -> float:
    """Pooled over everybody who has a second encoding, with the prior's for those who have not."""
    squares = sum(float(((rows - rows.mean(axis=0)) ** 2).sum()) for rows in people if len(rows) > 1)
    spare = sum(len(rows) - 1 for rows in people)
    if prior is None:
        return squares / spare
    return (squares + WITHIN_WEIGHT * prior.within) / (spare + WITHIN_WEIGHT)
