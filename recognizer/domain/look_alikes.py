"""Look-alikes: students nearer to each other than strangers should ever come, such as twins; or one enrolled twice."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from recognizer.domain.gallery import Gallery, Grouped
from recognizer.domain.search import squared_distances
from recognizer.domain.tolerance import Tolerances

_MEANS, _REFERENCES = 512, 4096
"""How many are compared at a time: their distances take eight megabytes."""


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two students, in order of their numbers, and the smallest distance of one's mean to the other's references."""

    number: str
    other_number: str
    distance: float


def find_look_alikes(
    gallery: Gallery, tolerances: Tolerances, among: Collection[str] | None = None
) -> list[LookAlikes]:
    """The pairs within the tolerance of each other, the nearest first: each might be taken for the other.

    among: one of each pair is of these; None means anybody. Block by block, so that 100 000 students take minutes and
    little memory beyond their references.
    """
    grouped = gallery.grouped()
    tolerance = tolerances.for_search(len(grouped.numbers)).widest
    if among is None:
        nearest = _near_pairs(grouped, grouped, tolerance)
    else:
        some = gallery.only(among).grouped()
        nearest = _near_pairs(some, grouped, tolerance)
        for pair, distance in _near_pairs(grouped, some, tolerance).items():
            nearest[pair] = min(distance, nearest.get(pair, distance))
    found = [LookAlikes(*pair, distance) for pair, distance in nearest.items()]
    return sorted(found, key=lambda pair: (pair.distance, pair.number, pair.other_number))


def _near_pairs(some: Grouped, others: Grouped, tolerance: float) -> dict[tuple[str, str], float]:
    """By both numbers, in their order, how near the mean of one of some comes to the references of one of the others,
    where that is within the tolerance."""
    owners = np.repeat(np.arange(len(others.numbers)), np.diff(others.starts))
    nearest: dict[tuple[str, str], float] = {}
    for first in range(0, len(some.numbers), _MEANS):
        students = range(first, min(first + _MEANS, len(some.numbers)))
        means = np.array([some.references_of(student).mean(axis=0) for student in students])
        for start in range(0, len(owners), _REFERENCES):
            squares = squared_distances(means, others.encodings[start : start + _REFERENCES])
            for mean, row in np.argwhere(squares <= tolerance**2):
                number, other = str(some.numbers[first + mean]), str(others.numbers[owners[start + row]])
                if number != other:
                    pair, distance = (min(number, other), max(number, other)), math.sqrt(squares[mean, row])
                    nearest[pair] = min(distance, nearest.get(pair, distance))
    return nearest
