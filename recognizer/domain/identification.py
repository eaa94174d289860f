"""Identification: an open-set search of the gallery, which answers with a student or with nobody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recognizer.domain.detection import Encoding
from recognizer.domain.gallery import Gallery

MARGIN = 0.05
"""By how much the nearest student must be nearer than the second: a probe between two students names neither. It is a
third of the least gap (0.17) between a person's own photos and the nearest other's on ten people's press photos."""

LEAST_ENCODINGS = 3
"""How many good encodings a track needs before it is answered. With one photo each, and 1 % of strangers named, one
frame misses 27 % of the students and the mean of five 8 %; three are there after three looks."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The answer to one probe: a student's number, or None for nobody, with the evidence.

    distance: to the nearest student (infinite in an empty gallery); the runner-up is the second student, None in a
    gallery of one.
    """

    number: str | None
    distance: float
    runner_up_number: str | None = None
    runner_up_distance: float | None = None


def identify(probe: Encoding, gallery: Gallery, tolerance: float, margin: float = MARGIN) -> Candidate:
    """The nearest student within the tolerance and nearer than the second by the margin, or nobody.

    A student is as far as the nearest of their references.
    """
    distances = gallery.distances(probe)
    nearest: dict[str, float] = {}
    for row in np.argsort(distances, kind="stable"):
        nearest.setdefault(gallery.numbers[row], float(distances[row]))
        if len(nearest) == 2:
            break
    if not nearest:
        return Candidate(None, math.inf)
    (number, distance), *others = nearest.items()
    is_named = distance <= tolerance and all(other - distance >= margin for _, other in others)
    return Candidate(number if is_named else None, distance, *(others[0] if others else ()))


def settle_rivals(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, where of those who claim one student only the nearest still does.

    Two faces in one room are never the same student; on a tie the first keeps the name.
    """
    winners: dict[str, int] = {}
    for index, candidate in enumerate(candidates):
        if candidate.number is not None:
            best = winners.setdefault(candidate.number, index)
            if candidate.distance < candidates[best].distance:
                winners[candidate.number] = index
    return [
        candidate if candidate.number is None or winners[candidate.number] == index else replace(candidate, number=None)
        for index, candidate in enumerate(candidates)
    ]
