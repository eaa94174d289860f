"""Tolerances: how near a probe must come to a student to be given the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from recognizer.domain.following.track import KEPT_ENCODINGS

DECISIVE_ENCODINGS = KEPT_ENCODINGS
"""From this many encodings on an answer counts as decided: further ones would add little to the mean."""

Looks = Literal["track", "still"]
"""A track is asked for again and again as it gains encodings; a still picture is asked for once."""


class Tolerance(Protocol):
    """The tolerances of one search."""

    @property
    def reference_scatter(self) -> float:
        """What a single reference adds to a squared distance, and r of them an r-th of it. Students are compared by
        their squared distance less that, for the mean of many references lies nearer to everybody."""

    def limit(self, references: int, encodings: int, spread: float | None = None) -> float:
        """Up to this distance of a student's mean of so many references the mean of that many encodings may be named.

        spread: the encodings' mean squared distance from their mean; None where it is not known. ValueError without an
        encoding.
        """

    def limit_to_nearest(self, references: int, encodings: int, spread: float | None = None) -> float:
        """The same for the distance of the nearest of so many references, two or more; 0 where it names nobody."""


class Tolerances(Protocol):
    """Which tolerance to use, by how many students are searched."""

    def for_search(self, searched: int, share: float = 1.0, looks: Looks = "track") -> Tolerance:
        """The tolerance where a stranger is compared with that many students.

        share: of the strangers who may be named, the part that this search may name. Other searches may name the rest.
        """


@dataclass(frozen=True, slots=True)
class FixedTolerances:
    """The same distance whoever is searched and however much is known; both ``Tolerances`` and ``Tolerance``."""

    distance: float
    reference_scatter: float = 0.0

    def for_search(self, searched: int, share: float = 1.0, looks: Looks = "track") -> FixedTolerances:
        """See ``Tolerances.for_search``."""
        return self

    def limit(self, references: int, encodings: int, spread: float | None = None) -> float:
        """See ``Tolerance.limit``."""
        require_encoding(encodings)
        return self.distance

    def limit_to_nearest(self, references: int, encodings: int, spread: float | None = None) -> float:
        """See ``Tolerance.limit_to_nearest``: never, as the distance that was fixed is that of the mean."""
        return 0.0


def require_encoding(encodings: int) -> None:
    """Raise ValueError where there is none."""
    if encodings < 1:
        raise ValueError("a tolerance is for one encoding or more")
