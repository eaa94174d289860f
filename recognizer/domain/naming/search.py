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


class Nearest(NamedTuple):
    """The student nearest to a probe and the second, as rows of the gallery's means, with their distances.

    Where there is none, the row is -1 and the distance infinite.
    """

    first: int
    first_distance: float
    second: int
    second_distance: float


class _Found(NamedTuple):
    """A student by their row, and something that orders them as the squared distance does."""

    value: float
    row: int


_NOBODY = _Found(math.inf, -1)


class Crowd:
    """Students who are searched together.

    means: (students, 128) float32, the mean reference of each; it is not copied. part: (students,) which of them to
    search; None means all. Where these are few, their rows are copied; where they are most, the others are masked out.
    """

    def __init__(self, means: Encodings, part: NDArray[np.bool_] | None = None) -> None:
        is_small = part is not None and 2 * int(part.sum()) <= len(part)
        self._rows = np.flatnonzero(part) if part is not None and is_small else None
        self._means = means if self._rows is None else means[self._rows]
        self._squares = np.einsum("ij,ij->i", self._means, self._means)
        if part is not None and not is_small:
            self._squares[~part] = np.inf

    def nearest(self, probes: Encodings) -> list[Nearest]:
        """The two students nearest to each probe, (n, 128) float32. It needs memory for one block only."""
        doubled = np.zeros((-(-len(probes) // _ROWS) * _ROWS, probes.shape[1]), np.float32)
        doubled[: len(probes)] = -2 * probes
        nearest_two = [[_NOBODY, _NOBODY] for _ in probes]
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
        first, second = sorted(self._exactly(probe, found) for found in two)
        return Nearest(first.row, first.value, second.row, second.value)

    def _exactly(self, probe: NDArray[np.float32], found: _Found) -> _Found:
        """With the distance as its value, and the row of the gallery's means."""
        if math.isinf(found.value):
            return _NOBODY
        row = found.row if self._rows is None else int(self._rows[found.row])
        return _Found(float(np.linalg.norm(self._means[found.row] - probe)), row)


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
