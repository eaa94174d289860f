"""Searching many students: block by block, by matrix products, without an object for each student."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Encodings

_BLOCK = 4096
"""This many students are multiplied at a time: their products with a room's probes stay in the cache."""

_ROWS = 8
"""Matrix products are fastest with a multiple of this many rows: 30 probes take longer than 32."""


class _Found(NamedTuple):
    """A student by their row, and something that orders them as ``to_centre`` does."""

    value: float
    row: int


_NONE = _Found(math.inf, -1)


class Near(NamedTuple):
    """A student who is near a probe.

    row: of the gallery's means; -1 where there is nobody. distance: of the mean reference, infinite where there is
    nobody. to_centre: the squared distance less what the mean reference lies off the student's centre; it compares
    students of few references with those of many.
    """

    row: int
    distance: float
    to_centre: float


NOBODY = Near(-1, math.inf, math.inf)


class Nearest(NamedTuple):
    """The two students nearest to a probe, by ``to_centre``."""

    first: Near
    second: Near


class Crowd:
    """Students who are searched together.

    means: (students, 128) float32, the mean reference of each; it is not copied. scatter: (students,) float32, how far
    each lies off the student's centre, as a squared distance. part: (students,) which of them to search; None means
    all. Where these are few, their rows are copied; where they are most, the others are masked out.
    """

    def __init__(self, means: Encodings, scatter: NDArray[np.float32], part: NDArray[np.bool_] | None = None) -> None:
        is_small = part is not None and 2 * int(part.sum()) <= len(part)
        self._rows = np.flatnonzero(part) if part is not None and is_small else None
        self._means = means if self._rows is None else means[self._rows]
        self._scatter = scatter if self._rows is None else scatter[self._rows]
        self._squares = np.einsum("ij,ij->i", self._means, self._means) - self._scatter
        if part is not None and not is_small:
            self._squares[~part] = np.inf

    def nearest(self, probes: Encodings) -> list[Nearest]:
        """The two students nearest to each probe, (n, 128) float32. It needs memory for one block only."""
        doubled = np.zeros((-(-len(probes) // _ROWS) * _ROWS, probes.shape[1]), np.float32)
        doubled[: len(probes)] = -2 * probes
        nearest_two = [[_NONE, _NONE] for _ in probes]
        limits = np.full(len(probes), np.inf, np.float32)
        room = np.empty((len(doubled), min(_BLOCK, len(self._means))), np.float32)
        for start in range(0, len(self._means), _BLOCK):
            block = self._means[start : start + _BLOCK]
            products = np.matmul(doubled, block.T, out=room[:, : len(block)])[: len(probes)]
            products += self._squares[start : start + _BLOCK]
            for probe in np.flatnonzero(products.min(axis=1) < limits):
                nearest_two[probe] = sorted([*nearest_two[probe], *_least_two(products[probe], start)])[:2]
                limits[probe] = nearest_two[probe][1].value
        return [self._exact(probe, two) for probe, two in zip(probes, nearest_two, strict=True)]

    def _exact(self, probe: NDArray[np.float32], two: list[_Found]) -> Nearest:
        """The distances computed anew: a difference of large squares leaves small ones with few digits."""
        return Nearest(*sorted((self._exactly(probe, found) for found in two), key=lambda near: near.to_centre))

    def _exactly(self, probe: NDArray[np.float32], found: _Found) -> Near:
        if math.isinf(found.value):
            return NOBODY
        row = found.row if self._rows is None else int(self._rows[found.row])
        distance = float(np.linalg.norm(self._means[found.row] - probe))
        return Near(row, distance, distance**2 - float(self._scatter[found.row]))


def squared_distances(probes: NDArray[np.floating[Any]], others: NDArray[np.floating[Any]]) -> NDArray[Any]:
    """(probes, others) squared Euclidean distances.

    |a - b|² = |a|² + |b|² - 2ab; where rounding makes it less than 0, it is 0.
    """
    squares = np.einsum("ij,ij->i", others, others) - 2 * probes @ others.T
    squares += np.einsum("ij,ij->i", probes, probes)[:, None]
    return np.asarray(np.maximum(squares, 0.0))


def _least_two(values: NDArray[np.float32], offset: int) -> list[_Found]:
    """The two least values and their columns, counted from the offset; the least is written over."""
    first = int(values.argmin())
    least = float(values[first])
    values[first] = np.inf
    second = int(values.argmin())
    return [_Found(least, offset + first), _Found(float(values[second]), offset + second)]
