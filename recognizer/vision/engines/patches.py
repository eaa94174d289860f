"""Patches: what the CNN detector is shown of a region, each face in it near the size that the net knows.

dlib shows its net a picture at sizes in steps of 6/5. The slight net, which searches regions, finds faces in a wider
band of widths (docs/recognition.md, "The slight net"). So steps of 7/5 are enough, and the first may already shrink the
picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from recognizer.domain.following.detection import Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.regions import MOST_ENLARGED, scaled

NARROWEST, WIDEST = 66.0, 93.0
"""The slight net finds a face between these widths in pixels."""

SIDE_STEP = 32
"""The sides of patches are multiples of this many pixels: patches of one size go through the net together."""

EDGE = 24
"""Pixels of grey added where the image ends. Without them a face that is cut off there would lie where the net sees
nothing."""

GREY = (123, 117, 104)
"""The net's mean colour, in which it sees nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of the image, resized.

    The patch's x lies at ``left + x / across`` in the image, and its y at ``top + y / down``.
    """

    image: Image
    left: float
    top: float
    across: float
    down: float
    region: Region


def patches(image: Image, region: Region) -> Iterator[Patch]:
    """What the net must see to find the region's faces: the region at as few sizes as suffice, the largest first."""
    box = region.box.clipped(*image.shape[:2])
    if box.area == 0:
        return
    # A whole frame needs the grey past its edges, which a patch of a standard size may lack.
    is_part = box.area < image.shape[0] * image.shape[1]
    if is_part and region.largest is not None and region.largest <= region.smallest * WIDEST / NARROWEST:
        framed = _framed(image, region, math.sqrt(NARROWEST * WIDEST / (region.smallest * region.largest)))
        if framed is not None:
            yield framed
        return
    level = image[box.top : box.bottom, box.left : box.right]
    for factor in _factors(region, min(box.height, box.width)):
        # Made from the level before: each step shrinks by little, so that nothing aliases.
        level = scaled(level, factor * box.width / level.shape[1])
        across, down = level.shape[1] / box.width, level.shape[0] / box.height
        top, left = EDGE * (box.top == 0), EDGE * (box.left == 0)
        bottom, right = EDGE * (box.bottom == image.shape[0]), EDGE * (box.right == image.shape[1])
        edged = cv2.copyMakeBorder(level, top, bottom, left, right, cv2.BORDER_CONSTANT, value=GREY)
        yield Patch(np.asarray(edged, np.uint8), box.left - left / across, box.top - top / down, across, down, region)


def _factors(region: Region, shorter_side: int) -> list[float]:
    """By which factors to resize the region: the first for its smallest faces."""
    largest = float(shorter_side) if region.largest is None else min(region.largest, shorter_side)
    first = min(NARROWEST / region.smallest, MOST_ENLARGED)
    count = max(1, math.ceil(math.log(max(1.0, largest * first / WIDEST), WIDEST / NARROWEST) + 1))
    return [first * (NARROWEST / WIDEST) ** step for step in range(count)]


def _framed(image: Image, region: Region, factor: float) -> Patch | None:
    """The region in the middle of a patch of a standard size, with grey past the image's edge."""
    factor = min(factor, MOST_ENLARGED)
    x, y = region.box.centre
    columns, rows = (_side(factor * side) for side in (region.box.width, region.box.height))
    wide, high = columns / factor, rows / factor
    box = Box(math.floor(y - high / 2), math.ceil(x + wide / 2), math.ceil(y + high / 2), math.floor(x - wide / 2))
    inside = box.clipped(*image.shape[:2])
    if inside.area == 0:
        # The region reached into the image by less than rounding took away.
        return None
    cut = image[inside.top : inside.bottom, inside.left : inside.right]
    if inside != box:
        margins = (inside.top - box.top, box.bottom - inside.bottom, inside.left - box.left, box.right - inside.right)
        cut = np.asarray(cv2.copyMakeBorder(cut, *margins, cv2.BORDER_CONSTANT, value=GREY), np.uint8)
    method = cv2.INTER_AREA if factor < 0.5 else cv2.INTER_LINEAR
    picture = np.asarray(cv2.resize(cut, (columns, rows), interpolation=method), np.uint8)
    return Patch(picture, box.left, box.top, columns / box.width, rows / box.height, region)


def _side(pixels: float) -> int:
    return max(3, round(pixels / SIDE_STEP)) * SIDE_STEP
