"""Look-alikes: students nearer to each other than strangers should ever come: twins, or one person enrolled twice."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.impostor_law import DIMENSIONS
from recognizer.domain.naming.search import squared_distances
from recognizer.domain.naming.tolerance import Tolerance, Tolerances

_BLOCK = 1024
"""This many students are compared with as many others at a time: their distances take a few megabytes."""

SURELY_ONE = 0.3
"""Whatever the tolerance, students nearer than this are told: no two people on 610 press photos come nearer than 0.41.
One face under many numbers makes strangers seem so alike that the tolerance vanishes; then this tells why."""


ONE_FACE = 1 + math.sqrt(2 / DIMENSIONS)
"""Times the mean squared distance between the mean references of two sets of one person's photos, which is that and a
standard deviation. Two students whose references lie no farther apart may as well be one person
(docs/recognition.md, "Margins")."""


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two students, in the order of their numbers, and the distance of their mean references."""

    number: str
    other_number: str
    distance: float


@dataclass(frozen=True, slots=True)
class LookAlikeGroup:
    """Students of whom each looks like another of them; their numbers in order, and the distances of those pairs."""

    numbers: tuple[str, ...]
    nearest: float
    farthest: float


def find_look_alikes(
    gallery: Gallery, tolerances: Tolerances, among: Collection[str] | None = None
) -> list[LookAlikes]:
    """The pairs within the tolerance of each other, nearer than SURELY_ONE, or who may as well be one person; the
    nearest first.

    Each might be taken for the other. among: at least one of each pair is one of these; None means anybody. The
    students are compared block by block, so that 100 000 take about a minute and little memory.
    """
    grouped = gallery.grouped()
    means = grouped.means()
    limits, kinds = _limits_between(tolerances.for_search(len(means)), np.diff(grouped.starts))
    asked = np.arange(len(means))
    if among is not None:
        asked = np.flatnonzero(np.isin(grouped.numbers, np.array(sorted(among), np.str_)))
    nearest: dict[tuple[int, int], float] = {}
    for some in np.split(asked, range(_BLOCK, len(asked), _BLOCK)):
        for start in range(0, len(means), _BLOCK):
            squares = squared_distances(means[some], means[start : start + _BLOCK])
            within = limits[np.ix_(kinds[some], kinds[start : start + _BLOCK])]
            for row, column in np.argwhere(squares <= within**2):
                student, other = sorted((int(some[row]), start + int(column)))
                if student != other:
                    nearest[student, other] = float(np.linalg.norm(means[student] - means[other]))
    found = []
    for (student, other), distance in nearest.items():
        first, second = sorted((str(grouped.numbers[student]), str(grouped.numbers[other])))
        found.append(LookAlikes(first, second, distance))
    by_numbers = sorted(found, key=lambda pair: (pair.number, pair.other_number))
    return sorted(by_numbers, key=lambda pair: pair.distance)


def group_look_alikes(pairs: Iterable[LookAlikes]) -> list[LookAlikeGroup]:
    """The pairs joined where they share a student, the nearest group first. One face under many numbers makes as many
    pairs as half the square of their number, and one group."""
    leaders: dict[str, str] = {}

    def leader_of(number: str) -> str:
        while (above := leaders.setdefault(number, number)) != number:
            leaders[number] = leaders[above]
            number = above
        return number

    pairs = list(pairs)
    for pair in pairs:
        leaders[leader_of(pair.number)] = leader_of(pair.other_number)
    groups: dict[str, list[LookAlikes]] = defaultdict(list)
    for pair in pairs:
        groups[leader_of(pair.number)].append(pair)
    found = [
        LookAlikeGroup(
            tuple(sorted({number for pair in group for number in (pair.number, pair.other_number)})),
            min(pair.distance for pair in group),
            max(pair.distance for pair in group),
        )
        for group in groups.values()
    ]
    return sorted(found, key=lambda group: (group.nearest, group.numbers))


def _limits_between(
    tolerance: Tolerance, references: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How near two students' mean references may come, by how many references each has.

    (kinds, kinds) distances, and for each student the kind.
    """
    counts, kinds = np.unique(references, return_inverse=True)
    scatter = tolerance.reference_scatter / counts
    one_face = np.sqrt(ONE_FACE * (scatter[:, None] + scatter))
    limits = np.array([[max(tolerance.limit(int(one), int(other)), SURELY_ONE) for one in counts] for other in counts])
    limits = np.maximum(limits.reshape(one_face.shape), one_face)
    return limits, np.asarray(kinds, np.int64)
