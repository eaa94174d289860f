"""Pieces: a large picture goes through the detector's net part by part, for less memory and the very same scores."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

CELL_PIXELS = 8
NET_PIXELS = 29
"""A cell of the net's scores stands for every eighth pixel, and the first is made of 29: three convolutions of 5 x 5
that halve the picture without padding. What is smaller has no cell."""

REACH = 10
"""So many cells on every side decide about a score: three convolutions of 5 x 5 cells and one of 9 x 9."""

MOST_PIXELS = 1_700_000
"""Of a piece, its margins aside. The net needs 36 bytes for each while it runs, its input among them."""

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Piece:
    """pixels: the part of the picture that the net is shown; valid: those of its scores that are right, for the cells
    ``cells`` of the whole picture. Each is (rows, columns)."""

    pixels: Window
    valid: Window
    cells: Window


def cells_of(pixels: int) -> int:
    """How many cells so many pixels have."""
    return max(0, (pixels - NET_PIXELS) // CELL_PIXELS + 1)


def pieces(height: int, width: int) -> Iterator[Piece]:
    """What makes up a picture of that size in pixels; nothing where it is too small for the net."""
    rows, columns = cells_of(height), cells_of(width)
    if not rows or not columns:
        return
    down = across = 1
    while math.ceil(rows / down) * math.ceil(columns / across) * CELL_PIXELS**2 > MOST_PIXELS:
        if rows / down > columns / across:
            down += 1
        else:
            across += 1
    for row in _spans(rows, height, down):
        for column in _spans(columns, width, across):
            yield Piece(*zip(row, column, strict=True))


def _spans(cells: int, pixels: int, count: int) -> Iterator[tuple[slice, slice, slice]]:
    """Pixels, valid scores and cells of so many spans one after the other."""
    ends = [cells * number // count for number in range(count + 1)]
    for first, end in itertools.pairwise(ends):
        begin, stop = max(0, first - REACH), min(cells, end + REACH)
        last_pixel = pixels if stop == cells else CELL_PIXELS * (stop - 1) + NET_PIXELS
        yield slice(CELL_PIXELS * begin, last_pixel), slice(first - begin, end - begin), slice(first, end)
