"""Pieces: a large picture goes through the detector's net part by part, with less memory and the same scores."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

CELL_PIXELS = 8
NET_PIXELS = 29
"""The net's scores have a cell for every eighth pixel, and each cell is made of 29 pixels: three convolutions of 5 x 5
halve the picture without padding. A smaller picture has no cell."""

REACH = 10
"""A score depends on this many cells on every side: three convolutions of 5 x 5 cells and one of 9 x 9."""

MOST_PIXELS = 1_700_000
"""The most pixels of a piece, its margins aside. While the net runs it needs 36 bytes for each, with its input."""

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the picture, each field as (rows, columns).

    pixels: what the net is shown. valid: which of its scores are right. cells: where these belong in the scores of the
    whole picture.
    """

    pixels: Window
    valid: Window
    cells: Window


def cells_of(pixels: int) -> int:
    """The number of cells along a side of that many pixels."""
    return max(0, (pixels - NET_PIXELS) // CELL_PIXELS + 1)


def pieces(height: int, width: int) -> Iterator[Piece]:
    """The pieces of a picture of that size in pixels; none where it is too small for the net."""
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
    """The pixels, valid scores and cells of that many spans, one after the other."""
    ends = [cells * number // count for number in range(count + 1)]
    for first, end in itertools.pairwise(ends):
        begin, stop = max(0, first - REACH), min(cells, end + REACH)
        last_pixel = pixels if stop == cells else CELL_PIXELS * (stop - 1) + NET_PIXELS
        yield slice(CELL_PIXELS * begin, last_pixel), slice(first - begin, end - begin), slice(first, end)
