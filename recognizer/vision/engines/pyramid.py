"""The pyramid: the same image at many sizes, for a detector that knows one size of face.

dlib lays all sizes out on one canvas and runs its net over that once. The place of a level decides which pixels the
net's cells are centred on, and what lies beside a level reaches into the cells at its edge. So the boxes are dlib's
only if the canvas is the same. The layout follows dlib/image_transforms/image_pyramid.h (create_tiled_pyramid,
pyramid_down<6>), the levels dlib/dnn/input.h (input_rgb_image_pyramid).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

STEP = 5 / 6
"""A level's size as a share of that of the level before it."""

GAP = 10
BORDER = 11
"""Empty pixels between two levels, and around the canvas."""

SMALLEST_LEVEL = 5
"""A level has at least this many rows."""


@dataclass(frozen=True, slots=True)
class Level:
    """Where a level lies on the canvas, in pixels; level 0 is the image itself."""

    top: int
    left: int
    height: int
    width: int
    index: int

    def in_image(self, y: float, x: float) -> tuple[float, float]:
        """Where that point of the canvas lies in the image, as dlib computes it (pyramid_down<6>::point_up)."""
        y, x = y - self.top, x - self.left
        for _ in range(self.index):
            y, x = y / STEP + 0.3, x / STEP + 0.3
        return y, x


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """All levels of an image in one (height, width, 3) float32 picture; between them it is 0, the net's grey."""

    image: Floats
    levels: tuple[Level, ...]

    def level_at(self, y: float, x: float) -> Level:
        """The level nearest to that point of the canvas."""
        return min(self.levels, key=lambda level: _distance(level, y, x))


def tile(image: Floats) -> Canvas:
    """All levels of an image on one canvas, as dlib lays them out. image: less the net's mean."""
    levels = _layout(*image.shape[:2])
    height = max(level.top + level.height for level in levels) + BORDER
    canvas = np.zeros((height, image.shape[1] + 2 * BORDER, 3), np.float32)
    current = image
    for index, level in enumerate(levels):
        if index:
            current = shrink(current, level.height, level.width)
        canvas[level.top : level.top + level.height, level.left : level.left + level.width] = current
    return Canvas(canvas, tuple(levels))


def shrink(image: Floats, height: int, width: int) -> Floats:
    """Resized bilinearly, corner on corner, as by dlib's resize_bilinear. OpenCV's own resize is half a pixel off."""
    across = (image.shape[1] - 1) / max(width - 1, 1)
    down = (image.shape[0] - 1) / max(height - 1, 1)
    return cast(
        Floats,
        cv2.warpAffine(
            image,
            np.array([[across, 0, 0], [0, down, 0]]),
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
            hint=cv2.ALGO_HINT_ACCURATE,
        ),
    )


def _layout(height: int, width: int) -> list[Level]:
    """One column downwards, then a second upwards along the right edge, as far as it does not meet the first level."""
    sizes = _sizes(height, width)
    first = _first_column(sizes)
    levels, top = [], BORDER
    for index, (rows, columns) in enumerate(sizes[:first]):
        levels.append(Level(top, BORDER, rows, columns, index))
        top += rows + GAP
    bottom = top - GAP
    for index, (rows, columns) in enumerate(sizes[first:], first):
        top = bottom - rows
        if top < BORDER + height:
            break
        levels.append(Level(top, BORDER + width - columns, rows, columns, index))
        bottom = top - GAP
    return levels


def _sizes(height: int, width: int) -> list[tuple[int, int]]:
    sizes = [(height, width)]
    while True:
        height, width = int(STEP * height), int(STEP * width)
        if height < SMALLEST_LEVEL or width == 0:
            return sizes
        sizes.append((height, width))


def _first_column(sizes: list[tuple[int, int]]) -> int:
    """How many levels stand in the first column: until the next fits beside the last and half the height is used."""
    height, width = sizes[0]
    total = sum(rows + GAP for rows, _ in sizes) - 2 * GAP
    used, last = 0, 0
    for index, (rows, columns) in enumerate(sizes):
        if columns <= width - last - GAP and 2 * (used - height) >= total - height:
            return index
        used += rows + GAP
        last = columns
    return len(sizes)


def _distance(level: Level, y: float, x: float) -> float:
    down = max(level.top - y, 0.0, y - (level.top + level.height - 1))
    right = max(level.left - x, 0.0, x - (level.left + level.width - 1))
    return down * down + right * right
