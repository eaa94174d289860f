"""Whether the photos of one student show one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Encodings
from recognizer.domain.naming.search import squared_distances

UNLIKE = 0.63
"""Encodings farther apart are taken for two people's. Of 842 pairs of press photos of one person 1.4 % are, of 34,936
pairs of two people 98.9 %. Of three photos, one of them another person's, it is found in 98 of 100 cases; where all
three are one person's, one is refused in 1.7 of 100. Measured by ``python -m benchmarks.covering``. People who look
alike are nearer to each other, and are not told apart by it."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What comparing a student's photos gave.

    unlike: by position among the new photos, those that seem to be another person's, and their distance to the nearest
    photo of the student; where nobody knows which photos these are, to the nearest of anybody else's. is_undecided:
    nobody knows. are_enrolled_unlike: the references enrolled before are not all one person's.
    """

    unlike: Mapping[int, float]
    is_undecided: bool
    are_enrolled_unlike: bool


def compare(new: Encodings, enrolled: Encodings) -> Likeness:
    """Find the photos of another person: (n, 128) new ones, and (m, 128) references enrolled before.

    Photos are linked where they are alike, and links make groups. What is enrolled decides which group is the student:
    the largest by enrolled references. Without any, or where two are as large, the largest by new photos is. Where
    these are as large as well, nobody knows, and all new photos are unlike.
    """
    distances = np.sqrt(squared_distances(both := np.vstack([enrolled, new]), both))
    groups = _link(distances <= UNLIKE)
    of_enrolled, of_new = groups[: len(enrolled)].tolist(), groups[len(enrolled) :].tolist()
    student = _find_largest(of_enrolled)
    if student is None:
        student = _find_largest(of_new)
    is_other = (groups != groups[:, None]) if student is None else np.tile(groups == student, (len(both), 1))
    others = np.where(is_other, distances, np.inf)
    unlike = {
        position: float(others[len(enrolled) + position].min())
        for position, group in enumerate(of_new)
        if group != student
    }
    return Likeness(unlike, student is None, len(set(of_enrolled)) > 1)


def _link(alike: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The number of each photo's group."""
    groups = np.full(len(alike), -1)
    for start in range(len(alike)):
        waiting = [start] if groups[start] < 0 else []
        while waiting:
            photo = waiting.pop()
            if groups[photo] < 0:
                groups[photo] = start
                waiting.extend(int(other) for other in np.flatnonzero(alike[photo]))
    return groups


def _find_largest(groups: Sequence[int]) -> int | None:
    """The group that most are in; None where there is none, or two are as large."""
    sizes = sorted(((groups.count(group), group) for group in set(groups)), reverse=True)
    if not sizes or (len(sizes) > 1 and sizes[0][0] == sizes[1][0]):
        return None
    return sizes[0][1]
