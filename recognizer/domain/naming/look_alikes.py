"""Look-alikes: students nearer to each other than strangers should ever come: twins, or one person enrolled twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.search import squared_distances
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, Tolerances

_BLOCK = 1024
"""This many students are compared with as many others at a time: their distances take a few megabytes."""


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two students, in the order of their numbers, and the distance of their mean references."""

    number: str
    other_number: str
    distance: float


def find_look_alikes(
    gallery: Gallery, tolerances: Tolerances, among: Collection[str] | None = None
) -> list[LookAlikes]:
    """The pairs within the tolerance of each other, the nearest first: each might be taken for the other.

    among: at least one of each pair is one of these; None means anybody. The students are compared block by block, so
    that 100 000 take about a minute and little memory.
    """
    grouped = gallery.grouped()
    means = grouped.means()
    tolerance = tolerances.for_search(len(means)).for_mean(DECISIVE_ENCODINGS)
    asked = np.arange(len(means))
    if among is not None:
        asked = np.flatnonzero(np.isin(grouped.numbers, np.array(sorted(among), np.str_)))
    nearest: dict[tuple[int, int], float] = {}
    for some in np.split(asked, range(_BLOCK, len(asked), _BLOCK)):
        for start in range(0, len(means), _BLOCK):
            squares = squared_distances(means[some], means[start : start + _BLOCK])
            for row, column in np.argwhere(squares <= tolerance**2):
                student, other = sorted((int(some[row]), start + int(column)))
                if student != other:
                    nearest[student, other] = float(np.linalg.norm(means[student] - means[other]))
    found = []
    for (student, other), distance in nearest.items():
        first, second = sorted((str(grouped.numbers[student]), str(grouped.numbers[other])))
        found.append(LookAlikes(first, second, distance))
    by_numbers = sorted(found, key=lambda pair: (pair.number, pair.other_number))
    return sorted(by_numbers, key=lambda pair: pair.distance)
