"""Searching many references: block by block, in matrix products, without an object for each student."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.detection import Encoding, Encodings
from recognizer.domain.gallery import Grouped

_BLOCK = 4096
"""References multiplied at a time: their products with a room's probes stay in the cache."""

_ROWS = 8
"""Matrix products are fastest with so many rows, or twice and so on; 30 probes take longer than 32."""


class Nearest(NamedTuple):
    """The student nearest to a probe and the second, as positions in the order given, with their distances.

    -1 and infinite where there is none.
    """

    first: int
    first_distance: float
    second: int
    second_distance: float


def squared_distances(probes: NDArray[np.floating[Any]], references: NDArray[np.floating[Any]]) -> NDArray[Any]:
    """(probes, references) squared Euclidean distances; |a - b|² = |a|² + |b|² - 2ab, below 0 by rounding alone."""
    squares = np.einsum("ij,ij->i", references, references) - 2 * probes @ references.T
    squares += np.einsum("ij,ij->i", probes, probes)[:, None]
    return np.asarray(np.maximum(squares, 0.0))


class Crowd:
    """Students of a gallery who are searched together.

    part: (students,) which of them. A small part's references are copied; the others of a large one are masked out.
    """

    def __init__(self, grouped: Grouped, part: NDArray[np.bool_]) -> None:
        rows = np.repeat(part, np.diff(grouped.starts))
        self._positions = np.arange(len(part))
        self._encodings, self._starts = grouped.encodings, grouped.starts
        is_small = 2 * int(rows.sum()) <= len(rows)
        if is_small:
            self._positions = np.flatnonzero(part)
            self._encodings = grouped.encodings[rows]
            self._starts = np.concatenate([[0], np.cumsum(np.diff(grouped.starts)[part])])
        self._squares = np.einsum("ij,ij->i", self._encodings, self._encodings)
        if not is_small:
            self._squares[~rows] = np.inf

    def nearest(self, probes: Encodings) -> list[Nearest]:
        """The two students nearest to each probe, as positions in the gallery's order.

        Needs no more memory than for a block; 30 probes against 300 000 references take 2.3 billion multiplications.
        """
        doubled = np.zeros((-(-len(probes) // _ROWS) * _ROWS, probes.shape[1]), np.float32)
        doubled[: len(probes)] = -2 * probes
        tops = [_Top() for _ in probes]
        limits = np.full(len(probes), np.inf, np.float32)
        room = np.empty((len(doubled), min(_BLOCK, len(self._encodings))), np.float32)
        for start in range(0, len(self._encodings), _BLOCK):
            block = self._encodings[start : start + _BLOCK]
            products = np.matmul(doubled, block.T, out=room[:, : len(block)])[: len(probes)]
            products += self._squares[start : start + _BLOCK]
            for probe in np.flatnonzero(products.min(axis=1) < limits):
                limits[probe] = tops[probe].update(products[probe], start, self._starts)
        return [self._exact(probe, top) for probe, top in zip(probes, tops, strict=True)]

    def _exact(self, probe: Encoding, top: _Top) -> Nearest:
        """The distances computed anew: a difference of large squares leaves small ones with few digits."""
        near = []
        for student in (top.first, top.second):
            if student < 0:
                near.append((math.inf, -1))
                continue
            references = self._encodings[self._starts[student] : self._starts[student + 1]]
            distance = float(np.linalg.norm(references - probe, axis=1).min())
            near.append((distance, int(self._positions[student])))
        (first_distance, first), (second_distance, second) = sorted(near)
        return Nearest(first, first_distance, second, second_distance)


class _Top:
    """The best two students so far of one probe, by squared distance less the probe's own square."""

    def __init__(self) -> None:
        self.first, self.first_value = -1, math.inf
        self.second, self.second_value = -1, math.inf

    def update(self, row: NDArray[np.float32], offset: int, starts: NDArray[Any]) -> float:
        """Take the row's best in, which is written over; gives the value that a further reference must be below."""
        while (value := float(row[column := int(row.argmin())])) < self.second_value:
            student = int(np.searchsorted(starts, offset + column, side="right")) - 1
            if value < self.first_value:
                if student != self.first:
                    self.second, self.second_value = self.first, self.first_value
                self.first, self.first_value = student, value
            elif student != self.first:
                self.second, self.second_value = student, value
            # The student's other references are no nearer.
            row[max(0, int(starts[student]) - offset) : max(0, int(starts[student + 1]) - offset)] = np.inf
        return self.second_value
