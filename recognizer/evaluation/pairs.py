"""Verification: single faces compared with each other, two at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.evaluation.protocol import Population

MOST_FACES = 800
"""Faces paired: the 300,000 pairs can tell a FAR of 1e-4, and more would take minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of faces from different files. distances: (n,); rows, people: (n, 2), of both."""

    distances: NDArray[np.float64]
    rows: NDArray[np.int64]
    people: NDArray[np.int64]

    @property
    def is_genuine(self) -> NDArray[np.bool_]:
        return np.asarray(self.people[:, 0] == self.people[:, 1])


def pair_up(population: Population) -> Pairs:
    """Every pair of MOST_FACES faces once, everybody's first faces before anybody's next."""
    turn = np.concatenate([np.arange(len(rows)) for rows in population.rows])
    rows = np.concatenate(population.rows)[np.argsort(turn, kind="stable")][:MOST_FACES]
    first, second = (rows[side] for side in np.triu_indices(len(rows), 1))
    apart = population.source[first] != population.source[second]
    both = np.stack([first[apart], second[apart]], axis=1)
    # |a − b|² = |a|² + |b|² − 2ab for all at once; below 0 by rounding alone.
    encodings = population.encodings.astype(np.float64)
    chosen = encodings[rows]
    squares = (encodings**2).sum(axis=1)
    products = (chosen @ chosen.T)[np.triu_indices(len(rows), 1)][apart]
    distances = np.sqrt(np.maximum(0.0, squares[both].sum(axis=1) - 2 * products))
    return Pairs(distances, both, population.person[both])
