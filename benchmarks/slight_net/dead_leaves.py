"""Dead leaves: pictures of nothing that have the statistics of photos.

Discs of all sizes fall on each other until they cover the ground. There are fewer large ones: the number of discs falls
with the cube of their size. The result has the edges, the flat parts and the likeness at every scale of photos (Lee,
Mumford and Huang, "Occlusion models for natural images", 2001). So it can stand in for photos where a net must be shown
what it usually sees.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Image

SMALLEST, LARGEST = 3.0, 150.0
"""The leaves' half lengths in pixels."""

LEAVES = 800
"""Leaves on each picture; they leave few of the ground's pixels bare."""


def dead_leaves(count: int, side: int, seed: int = 0) -> list[Image]:
    """That many RGB pictures (side, side, 3); the same for the same seed.

    They are more or less sharp, light or dark, and noisy, as a camera's are.
    """
    chance = np.random.default_rng(seed)
    return [_picture(side, chance) for _ in range(count)]


def _picture(side: int, chance: np.random.Generator) -> Image:
    picture = np.full((side, side, 3), chance.uniform(30, 200), np.uint8)
    # The inverse of the sizes' distribution makes them of evenly distributed numbers.
    share = chance.random(LEAVES)
    lengths = (SMALLEST**-2 - share * (SMALLEST**-2 - LARGEST**-2)) ** -0.5
    middles = chance.integers(-side // 5, side + side // 5, (LEAVES, 2))
    colours = _colours(chance)
    widths, turns = chance.uniform(0.3, 1.0, LEAVES), chance.uniform(0.0, 180.0, LEAVES)
    for middle, length, width, turn, colour in zip(middles, lengths, widths, turns, colours, strict=True):
        axes = (round(length), max(1, round(length * width)))
        cv2.ellipse(picture, middle.tolist(), axes, turn, 0, 360, colour.tolist(), cv2.FILLED, cv2.LINE_AA)
    seen = cv2.GaussianBlur(picture, (0, 0), chance.uniform(0.4, 2.0)) * chance.uniform(0.5, 1.1)
    noise = cv2.GaussianBlur(chance.normal(0.0, chance.uniform(0.0, 8.0), seen.shape), (0, 0), 0.6)
    return np.asarray(np.clip(seen + noise, 0, 255), np.uint8)


def _colours(chance: np.random.Generator) -> NDArray[np.float64]:
    """(LEAVES, 3): mostly greys, as things in a room are."""
    greys = chance.normal(115.0, 55.0, (LEAVES, 1))
    return np.clip(greys + chance.normal(0.0, 14.0, (LEAVES, 3)), 0.0, 255.0)
