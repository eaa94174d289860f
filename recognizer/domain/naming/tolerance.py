"""Tolerances: how near a probe must come to a student to be given the name, by how many encodings were averaged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from recognizer.domain.following.track import KEPT_ENCODINGS

DECISIVE_ENCODINGS = KEPT_ENCODINGS
"""From this many encodings on an answer counts as decided: further ones would add little to the mean."""

FALLBACK = 0.4
"""The tolerance for galleries of too few students to have a law (docs/recognition.md, "Small galleries")."""

EARLY_STEP = 0.04
"""A tolerance without a law is lower by this much for each encoding that is short of DECISIVE_ENCODINGS - 2."""

Source = Literal["fixed", "small gallery", "gallery", "calibration"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The tolerances of one search. In each tuple the first is for one encoding, the second for two, …; the last is for
    all more.

    by_mean: for the distance of the encodings' mean from a student's mean reference. by_singles: for the root mean
    square of the encodings' own distances from it; empty where the mean alone decides. by_nearest_reference: the same
    from the student's nearest reference, for who looks just as on one of their photos; empty where it is not asked for.
    """

    by_mean: tuple[float, ...]
    source: Source
    by_singles: tuple[float, ...] = ()
    by_nearest_reference: tuple[float, ...] = ()

    def for_mean(self, encodings: int, spread: float | None = None) -> float:
        """Up to this distance the mean of that many encodings may be named; ValueError below one.

        spread: their mean squared distance from their mean; None where it is not known.
        """
        if encodings < 1:
            raise ValueError("a tolerance is for one encoding or more")
        tolerance = _of(self.by_mean, encodings)
        if spread is None or not self.by_singles:
            return tolerance
        return max(tolerance, _less_spread(_of(self.by_singles, encodings), spread))

    def for_nearest_reference(self, encodings: int, spread: float | None = None) -> float:
        """Up to this distance from the nearest reference the mean of that many encodings may be named; 0 means never.

        spread: as in ``for_mean``. Where it is not known, only a single encoding is named so.
        """
        if not self.by_nearest_reference or (spread is None and encodings > 1):
            return 0.0
        return _less_spread(_of(self.by_nearest_reference, encodings), spread or 0.0)

    @property
    def widest(self) -> float:
        """The largest distance at which anybody may be named."""
        return max(self.by_mean + self.by_singles)


class Tolerances(Protocol):
    """Which tolerance to use, by how many students are searched."""

    def for_search(self, searched: int, share: float = 1.0) -> Tolerance:
        """The tolerance where a stranger is compared with that many students.

        share: of the strangers who may be named, the part that this search may name. Other searches may name the rest.
        """


@dataclass(frozen=True, slots=True)
class FixedTolerances:
    """The same distance whoever is searched, from three encodings on; less for one and for two, which are less sure."""

    distance: float
    source: Source = "fixed"

    def for_search(self, searched: int, share: float = 1.0) -> Tolerance:
        """See ``Tolerances.for_search``."""
        for_one, for_two = (max(0.0, self.distance - EARLY_STEP * missing) for missing in (2, 1))
        return Tolerance((for_one, for_two, self.distance), self.source)


def _of(tolerances: tuple[float, ...], encodings: int) -> float:
    return tolerances[min(encodings, len(tolerances)) - 1]


def _less_spread(tolerance_of_singles: float, spread: float) -> float:
    """The tolerance for the mean's distance that follows from one for the root mean square of the encodings' distances.

    The mean of the squared distances is the mean's squared distance plus the spread, exactly.
    """
    return math.sqrt(max(0.0, tolerance_of_singles**2 - spread))
