"""Reads what is around faces, and how it moves: small grey pictures, in which a part is found again by correlation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.surroundings import Movement, Shift, Surroundings

Part = tuple[float, float, float, float]
"""Left, top, right and bottom, from the middle of the face, in widths of its box."""

FACE: Part = (-0.35, -0.4, 0.35, 0.4)
AROUND: tuple[Part, ...] = ((-1.15, -0.6, -0.62, 0.4), (0.62, -0.6, 1.15, 0.4), (-0.55, -1.15, 0.55, -0.72))
"""Beside the face on either side, and above the hair: of somebody who sits there it is mostly what is behind them."""

REACH = 0.45
"""So far from its earlier place, in widths of the face, a part is looked for."""

PIXELS = 32
"""For the width of a face."""

LEAST_LIKENESS = 0.7
"""Correlation from which a part counts as found again."""

LEAST_CONTRAST = 5.0
"""Standard deviation of the grey levels: a blank wall looks alike wherever it moves."""

_HALF = 1.6
_SIDE = round(2 * _HALF * PIXELS)


class CorrelatedSurroundings:
    """``SurroundingsReader`` by normalised correlation."""

    def take(self, image: Image, box: Box) -> Surroundings:
        """See ``SurroundingsReader.take``."""
        (x, y), half = box.centre, _HALF * box.width
        region = Box(round(y - half), round(x + half), round(y + half), round(x - half))
        return Surroundings(region, _grey(image, region))

    def movement(self, earlier: Surroundings, image: Image) -> Movement | None:
        """See ``SurroundingsReader.movement``."""
        now = _grey(image, earlier.region)
        face = _shift(earlier.grey, now, FACE)
        if face is None:
            return None
        shifts = (_shift(earlier.grey, now, part) for part in AROUND)
        return Movement(face, tuple(shift for shift in shifts if shift is not None))


def _grey(image: Image, region: Box) -> NDArray[np.uint8]:
    """(_SIDE, _SIDE): the region scaled; what lies outside of the image is its edge, repeated."""
    seen = region.clipped(*image.shape[:2])
    if seen.area == 0:
        return np.zeros((_SIDE, _SIDE), np.uint8)
    grey = cv2.cvtColor(image[seen.top : seen.bottom, seen.left : seen.right], cv2.COLOR_RGB2GRAY)
    missing = seen.top - region.top, region.bottom - seen.bottom, seen.left - region.left, region.right - seen.right
    if any(missing):
        grey = cv2.copyMakeBorder(grey, *missing, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _shift(earlier: NDArray[np.uint8], now: NDArray[np.uint8], part: Part) -> Shift | None:
    """How far the part has moved; None where it has too little contrast or is not found again."""
    left, top, right, bottom = (round((_HALF + side) * PIXELS) for side in part)
    sought = earlier[top:bottom, left:right]
    if sought.std() < LEAST_CONTRAST:
        return None
    reach = round(REACH * PIXELS)
    from_x, from_y = max(0, left - reach), max(0, top - reach)
    likeness = cv2.matchTemplate(now[from_y : bottom + reach, from_x : right + reach], sought, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(likeness)
    if best < LEAST_LIKENESS:
        return None
    return (from_x + x - left) / PIXELS, (from_y + y - top) / PIXELS
