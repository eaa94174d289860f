"""What lessons taught of students, as a search uses it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.tolerance import Tolerance, Tolerances

TAUGHT_SHARE = 0.95
"""Of the tolerance, for students whom lessons taught: one of what they taught may lie off towards somebody else. It
misses no more of them, and names as few strangers as five photos do (docs/recognition.md, "A lesson teaches")."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """References that lessons taught, and the tolerances that follow from all references, enrolled and taught.

    Each of these students is enrolled. The law of their distances is better known with what was taught: an only photo
    lies off its person's centre, and makes people seem farther apart than they are. averaged: of how many encodings
    each of the references is the mean.
    """

    references: Gallery
    tolerances: Tolerances
    averaged: tuple[int, ...]

    def further_encodings(self, numbers: NDArray[np.str_]) -> NDArray[np.int64]:
        """(n,) how many encodings more than references each of these students has by what was taught.

        A tolerance for as many references as there are encodings is the stricter one: those of one lesson depend on
        each other, and their mean may lie off the person's centre towards somebody else.
        """
        further: Counter[str] = Counter()
        for number, averaged in zip(self.references.numbers, self.averaged, strict=True):
            further[number] += averaged - 1
        return np.array([further[str(number)] for number in numbers], np.int64)


@dataclass(frozen=True, slots=True)
class TaughtTolerance:
    """That of a search for students whom lessons taught: TAUGHT_SHARE of the stricter of two.

    one: by the law of the enrolled references; other: by the law of all references.
    """

    one: Tolerance
    other: Tolerance

    @property
    def reference_scatter(self) -> float:
        """See ``Tolerance.reference_scatter``."""
        return self.one.reference_scatter

    def limit(self, references: int, encodings: int, spread: float | None = None) -> float:
        """See ``Tolerance.limit``."""
        return TAUGHT_SHARE * min(each.limit(references, encodings, spread) for each in (self.one, self.other))

    def limit_to_nearest(self, references: int, encodings: int, spread: float | None = None) -> float:
        """See ``Tolerance.limit_to_nearest``."""
        return TAUGHT_SHARE * min(
            each.limit_to_nearest(references, encodings, spread) for each in (self.one, self.other)
        )
