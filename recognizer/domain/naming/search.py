"""Searching many students: block by block, in matrix products, without an object for each student."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Encodings

_BLOCK = 4096
"""Students multiplied at a time: their products with a room's probes stay in the cache."""

_ROWS = 8
"""Matrix products are fastest with so many rows, or twice and so on; 30 probes take longer than 32."""


class Nearest(NamedTuple):
    """The student nearest to a probe and the second, as rows of what was searched, with their distances.

    -1 and infinite where there is none.
    """

    first: int
    first_distance: float
    second: int
    second_distance: float


class Crowd:
    """Students who are searched together.

    means: (students, 128) float32, the mean reference of each; kept as it is. part: (students,) which of them; None
    means all. Where they are few their rows are copied; where they are most, the others are masked out.
    """

    def __init__(self, means: Encodings, part: NDArray[np.bool_] | None = None) -> None:
        is_small = part is not None and 2 * int(part.sum()) <= len(part)
        self._rows = np.flatnonzero(part) if part is not None and is_small else None
        self._means = means if self._rows is None else means[self._rows]
        self._squares = np.einsum("ij,ij->i", self._means, self._means)
        if part is not None and not is_small:
            self._squares[~part] = np.inf

    def nearest(self, probes: Encodings) -> list[Nearest]:
        """The two students nearest to each probe, (n, 128) float32; needs no more memory than for a block."""
        doubled = np.zeros((-(-len(probes) // _ROWS) * _ROWS, probes.shape[1]), np.float32)
        doubled[: len(probes)] = -2 * probes
        tops: list[list[tuple[float, int]]] = [[(math.inf, -1), (math.inf, -1)] for _ in probes]
        limits = np.full(len(probes), np.inf, np.float32)
        room = np.empty((len(doubled), min(_BLOCK, len(self._means))), np.float32)
        for start in range(0, len(self._means), _BLOCK):
            block = self._means[start : start + _BLOCK]
            products = np.matmul(doubled, block.T, out=room[:, : len(block)])[: len(probes)]
            products += self._squares[start : start + _BLOCK]
            for probe in np.flatnonzero(products.min(axis=1) < limits):
                tops[probe] = sorted([*tops[probe], *_least_two(products[probe], start)])[:2]
                limits[probe] = tops[probe][1][0]
        return [self._exact(probe, top) for probe, top in zip(probes, tops, strict=True)]

    def _exact(self, probe: NDArray[np.float32], top: list[tuple[float, int]]) -> Nearest:
        """The distances computed anew: a difference of large squares leaves small ones with few digits."""
        near = []
        for value, row in top:
            if math.isinf(value):
                near.append((math.inf, -1))
            else:
                known_as = row if self._rows is None else int(self._rows[row])
                near.append((float(np.linalg.norm(self._means[row] - probe)), known_as))
        (first_distance, first), (second_distance, second) = sorted(near)
        return Nearest(first, first_distance, second, second_distance)


def squared_distances(probes: NDArray[np.floating[Any]], others: NDArray[np.floating[Any]]) -> NDArray[Any]:
    """(probes, others) squared Euclidean distances; |a - b|² = |a|² + |b|² - 2ab, below 0 by rounding alone."""
    squares = np.einsum("ij,ij->i", others, others) - 2 * probes @ others.T
    squares += np.einsum("ij,ij->i", probes, probes)[:, None]
    return np.asarray(np.maximum(squares, 0.0))


def _least_two(values: NDArray[np.float32], offset: int) -> list[tuple[float, int]]:
    """The two least values and their columns; the first is written over."""
    first = int(values.argmin())
    least = float(values[first])
    values[first] = np.inf
    second = int(values.argmin())
    return [(least, offset + first), (float(values[second]), offset + second)]
