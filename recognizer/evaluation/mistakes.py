"""The worst mistakes, to be looked at: two faces each, those that the recognizer compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.evaluation.protocol import NOBODY, Population, Searches
from recognizer.evaluation.results import Results, long_enough

MOST = 6


@dataclass(frozen=True, slots=True)
class Mistake:
    """A track's face and the reference it was compared with (rows of the population), and how near the track came.

    is_made: whether the recognizer answered wrongly; else this is what came nearest to it.
    """

    face: int
    reference: int
    distance: float
    tolerance: float
    is_made: bool


def worst_strangers(results: Results, population: Population) -> list[Mistake]:
    """Strangers beside the student whose name they were given, or came nearest to; each two people once."""
    searches, frames = results.searches[results.main.photos], results.main.frames
    named = searches.named[:, :frames] != NOBODY
    # Those that were named at the look that named them, the others at the last.
    look = np.where(named.any(axis=1), named.argmax(axis=1), frames - 1)
    every = np.arange(len(look))
    nearest, student = searches.nearest[every, look], searches.nearest_student[every, look]
    chosen = np.flatnonzero(long_enough(searches, frames) & ~searches.is_student)
    order = chosen[np.lexsort((nearest[chosen], ~named.any(axis=1)[chosen]))]
    return [
        _mistake(population, searches, track, int(look[track]), searches.nearest, searches.nearest_reference, named)
        for track in _first_of_each(order, np.stack([searches.person, student], axis=1))
    ]


def worst_students(results: Results, population: Population) -> list[Mistake]:
    """Students beside their own reference, farthest first: those not given their name, or nearly not; each once."""
    searches, frames = results.searches[results.main.photos], results.main.frames
    missed = (searches.named[:, :frames] != searches.person[:, None]).all(axis=1, keepdims=True)
    chosen = np.flatnonzero(long_enough(searches, frames) & searches.is_student)
    order = chosen[np.lexsort((-searches.own[chosen, frames - 1], ~missed[chosen, 0]))]
    return [
        _mistake(population, searches, track, frames - 1, searches.own, searches.own_reference, missed)
        for track in _first_of_each(order, searches.person[:, None])
    ]


def _first_of_each(tracks: NDArray[np.int64], kinds: NDArray[np.int64]) -> Iterator[int]:
    """The first tracks of different kinds, MOST at the most."""
    seen: set[tuple[int, ...]] = set()
    for track in tracks:
        kind = tuple(map(int, kinds[track]))
        if kind not in seen:
            seen.add(kind)
            yield int(track)
        if len(seen) == MOST:
            return


def _mistake(
    population: Population,
    searches: Searches,
    track: int,
    look: int,
    distances: NDArray[np.float64],
    references: NDArray[np.int64],
    is_made: NDArray[np.bool_],
) -> Mistake:
    """Of the track's faces until that look the one nearest to their mean is shown."""
    faces = searches.faces[track, : look + 1]
    encodings = population.encodings[faces]
    typical = faces[np.linalg.norm(encodings - encodings.mean(axis=0), axis=1).argmin()]
    return Mistake(
        int(typical),
        int(references[track, look]),
        float(distances[track, look]),
        float(searches.tolerance[track, look]),
        bool(is_made[track].any()),
    )
