"""Tolerances: how near a probe must come to a student to be given the name, by how many encodings were averaged.

``auto`` asks for no number but for a promise, the share of strangers who may be named. The method is open-set
identification (ISO/IEC 19795-1) with a family-wise bound, from what is known of impostors alone:

1. The *impostor law* says how far one person's probe lies from another person's mean reference; one for each number
   of encodings averaged, for a mean lies nearer to everyone than its parts do. ``impostors`` measures it on the
   gallery's own students, ``recognizer evaluate --calibrate`` on a folder of people. A squared distance is a sum of
   many squares, and the cube root of such a sum is nearly normal (Wilson and Hilferty, 1931): the law is a normal of
   the distance to the power of two thirds. A normal of the distance itself has too heavy a lower tail, and named
   fewer strangers than it was asked for, and fewer students.
2. A stranger is compared with each of the N students searched. One comparison may fall below the tolerance with chance
   p = 1 − (1 − target)^(1/N) (Šidák's correction); the tolerance is the law's p-quantile. The comparisons of one
   stranger depend on each other, but no dependence lets more than N·p of the strangers through (Boole's inequality).
3. A track is asked with one encoding, then with two, and so on. Each of these looks may spend a share of the target,
   as in a trial with interim looks (alpha spending; Lan and DeMets, 1983); together they stay below it.
   How much nearer a mean lies depends on how much its parts differ, and frames of one sitting differ less than photos
   of other days. The squared distances of the parts average to the mean's squared distance plus their spread, exactly;
   held to the law of a single encoding, that average says what the mean of encodings so alike may say. Either law will
   do, each for its share.
4. A law measured on few students is itself uncertain. The quantile is that of the next distance, given what was
   measured, as in a prediction interval: the variance grows by that of the quantile's own estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

STRANGERS_NAMED = 0.001
"""The share of strangers who may be given a student's name, by track, unless the configuration says otherwise."""

MOST_ENCODINGS = 5
"""From so many encodings on a mean gains little; a track keeps no more, but may replace them by better ones."""

SPENDING_OF_MEANS = (0.0, 0.05, 0.05, 0.05, 0.35)
SPENDING_OF_SINGLES = (0.15, 0.025, 0.025, 0.025, 0.025)
SPENDING_OF_REFERENCES = (0.15, 0.025, 0.025, 0.025, 0.025)
"""The share of the target that the answers after one, two, … encodings may spend: those by the law of so many averaged,
those by the law of a single one, and those by the nearest reference. The first answers may spend much, for they are had
soonest, and the last by means the most: it is the surest, and it is asked again whenever a better crop takes another's
place."""

POWER = 2 / 3
"""Of a distance, to make it nearly normal."""

HIGHEST = 0.5
"""No law may allow more: at 0.5 already 3.6 % of the strangers among press photos are named, and the students enrolled
may look less alike than the strangers to come do."""

LOWEST = 0.2
"""Photos of one person taken in one sitting are that near: less would name nobody."""

FALLBACK = 0.4
"""For galleries of too few students to have a law. On people who look alike, 20 of them enrolled, 0.37 named 0.14 % of
the strangers, and the chance shrinks with the students; on press photos 0.45 named 0.05 % with 12 enrolled."""

EARLY_STEP = 0.04
"""By how much a tolerance that no law backs is lower for each encoding that is short of MOST_ENCODINGS - 2."""

_TAILS = (0.01, 0.001, 0.0001)
_LEAST_IN_TAIL = 20

Source = Literal["fixed", "small gallery", "gallery", "calibration"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """by_encodings: the tolerance for the mean of one encoding, of two, …; the last one holds for all more.

    by_singles: the like for the root of the mean squared distance of the encodings themselves; empty where only the
    mean counts. by_references: the like for that from the nearest reference alone, for somebody who looks just as on
    one of their photos; empty where that is not asked for.
    """

    by_encodings: tuple[float, ...]
    source: Source
    by_singles: tuple[float, ...] = ()
    by_references: tuple[float, ...] = ()

    def of(self, encodings: int, spread: float | None = None) -> float:
        """The distance up to which the mean of so many encodings may be named; ValueError below one.

        spread: their mean squared distance to their mean; None where it is not known.
        """
        if encodings < 1:
            raise ValueError("a tolerance is for one encoding or more")
        tolerance = self.by_encodings[min(encodings, len(self.by_encodings)) - 1]
        if spread is None or not self.by_singles:
            return tolerance
        return max(tolerance, _less_spread(self.by_singles, encodings, spread))

    def of_reference(self, encodings: int, spread: float | None = None) -> float:
        """The distance from the nearest reference up to which the mean of so many encodings may be named; 0: never.

        spread: as for ``of``; where it is not known only a single encoding is.
        """
        if not self.by_references or (spread is None and encodings > 1):
            return 0.0
        return _less_spread(self.by_references, encodings, spread or 0.0)

    @property
    def widest(self) -> float:
        """The largest distance at which anybody may be named."""
        return max(self.by_encodings + self.by_singles)


def _less_spread(tolerances: tuple[float, ...], encodings: int, spread: float) -> float:
    """What the mean may have, where the mean squared distance of the encodings may have the square of the tolerance:
    the two differ by the spread."""
    single = tolerances[min(encodings, len(tolerances)) - 1]
    return math.sqrt(max(0.0, single**2 - spread))


class Tolerances(Protocol):
    """What tolerance to use, by how many students are searched."""

    def for_search(self, searched: int, share: float = 1.0) -> Tolerance:
        """The tolerance where a stranger is compared with so many students.

        share: the part of the strangers who may be named that this search may name; others spend the rest.
        """


@dataclass(frozen=True, slots=True)
class FixedTolerances:
    """The same distance whoever is searched, from three encodings on; less for one and for two, which are less sure."""

    distance: float
    source: Source = "fixed"

    def for_search(self, searched: int, share: float = 1.0) -> Tolerance:
        """See ``Tolerances.for_search``."""
        early = [max(0.0, self.distance - EARLY_STEP * short) for short in (2, 1)]
        return Tolerance((*early, self.distance), self.source)


@dataclass(frozen=True, slots=True)
class ImpostorLaw:
    """The distance of one person's probe to another person, for one encoding averaged, for two, …

    normals: (mean, deviation) of the distance to the POWER, at least one; the last holds for all more. people: how
    many it was measured on. references: the like of a single encoding's distance to the nearest reference, if known.
    """

    normals: tuple[tuple[float, float], ...]
    people: int
    references: tuple[float, float] | None = None

    @classmethod
    def fit(
        cls,
        distances: Sequence[NDArray[np.floating[Any]]],
        people: int,
        to_references: NDArray[np.floating[Any]] | None = None,
    ) -> ImpostorLaw:
        """The law of measured distances: one sample of them for each number of encodings, two distances at least.

        to_references: a sample of single encodings' distances to the nearest reference.
        """
        normals = tuple(_fit_normal(np.asarray(sample) ** POWER) for sample in distances)
        return cls(normals, people, None if to_references is None else _fit_normal(to_references**POWER))

    def quantile(self, chance: float, encodings: int) -> float:
        """The distance below which the next one falls with that chance, the law's own uncertainty included."""
        return self._quantile(chance, self.normals[min(encodings, len(self.normals)) - 1])

    def reference_quantile(self, chance: float) -> float:
        """The same of a single encoding's distance to the nearest reference; 0 where it is not known."""
        return 0.0 if self.references is None else self._quantile(chance, self.references)

    def _quantile(self, chance: float, normal: tuple[float, float]) -> float:
        """People, not pairs of them, are what was drawn: the mean varies as that of so many draws. The deviation
        varies about as that of all pairs, which share people but whose squares hardly depend on each other."""
        mean, deviation = normal
        reach = -NormalDist().inv_cdf(chance)
        doubt = 1 / self.people + reach**2 / (self.people * (self.people - 1))
        return float(max(0.0, mean - deviation * reach * math.sqrt(1 + doubt)) ** (1 / POWER))


@dataclass(frozen=True, slots=True)
class PromisedTolerances:
    """Tolerances that name no more than the target share of strangers, as far as the law knows them."""

    law: ImpostorLaw
    target: float
    source: Source = "gallery"

    def for_search(self, searched: int, share: float = 1.0) -> Tolerance:
        """See ``Tolerances.for_search``."""

        def chance(spent: float) -> float:
            return -math.expm1(math.log1p(-self.target * share * spent) / max(1, searched))

        def quantile(spent: float, encodings: int) -> float:
            return min(max(self.law.quantile(chance(spent), encodings), LOWEST), HIGHEST)

        singles = tuple(quantile(spent, 1) for spent in SPENDING_OF_SINGLES)
        means = [quantile(spent, encodings) for encodings, spent in enumerate(SPENDING_OF_MEANS[1:], 2)]
        # More than MOST_ENCODINGS are the last look gone on with, by the law of endless ones.
        endless = quantile(SPENDING_OF_MEANS[-1], MOST_ENCODINGS + 1)
        near = [min(self.law.reference_quantile(chance(spent)), HIGHEST) for spent in SPENDING_OF_REFERENCES]
        return Tolerance(
            (singles[0], *means, endless), self.source, singles, tuple(near) if self.law.references else ()
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """What ``recognizer evaluate --calibrate`` learned, kept with the gallery; ``auto`` then uses its law.

    law: of distances between evaluated strangers and evaluated students. references: how many photos each of these
    students had; the mean of more lies nearer to everyone. target: the share of strangers who may be named that the
    evaluation was made for; the law serves any other as well. strangers: how many strangers' probes were looked up.
    missed: the share of students missed (FNIR) that was measured at that target. calibrated_at: ISO 8601, UTC.
    """

    law: ImpostorLaw
    references: int
    target: float
    strangers: int
    missed: float
    calibrated_at: str

    def as_plain(self) -> dict[str, Any]:
        """Plain values, to be stored."""
        return {
            "normals": [list(normal) for normal in self.law.normals],
            "people": self.law.people,
            "references": self.references,
            "target": self.target,
            "strangers": self.strangers,
            "missed": self.missed,
            "calibrated_at": self.calibrated_at,
        }

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> Calibration:
        """What ``as_plain`` gave; ValueError where it cannot be."""
        try:
            normals = tuple((float(mean), float(deviation)) for mean, deviation in values["normals"])
            law = ImpostorLaw(normals, int(values["people"]))
            if not normals or not np.isfinite(normals).all() or np.min(normals) < 0 or law.people < 2:
                raise ValueError("no law")
            return cls(
                law,
                int(values["references"]),
                float(values["target"]),
                int(values["strangers"]),
                float(values["missed"]),
                str(values["calibrated_at"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a calibration: {error}") from None


def _fit_normal(values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Mean and deviation; widened where the sample has more low values than its normal would have.

    A population of several kinds of faces has a heavier lower tail than a normal, and the tail alone matters. It is
    held to those quantiles that the sample is large enough to know: a pair of twins must not set everyone's tolerance.
    """
    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    for chance in _TAILS:
        if chance * values.size >= _LEAST_IN_TAIL:
            reach = mean - float(np.quantile(values, chance))
            deviation = max(deviation, reach / -NormalDist().inv_cdf(chance))
    return mean, deviation
