"""Motion: what has changed in the scene since it was last looked at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Frame, Image
from recognizer.domain.following.geometry import Box

COPY_WIDTH, COPY_HEIGHT = 160, 90
"""The small copy that is compared: a cell of it is 12 pixels of a 1080p frame, a quarter of a small face."""

CHANGED_LEVELS = 12
"""Grey levels by which a cell must differ: many times what a camera's noise leaves of the pixels averaged in it, and
less than a head turning."""

LEAST_CELLS = 8
"""Fewer cells together are no head: a face of 50 pixels in a 1080p frame covers about 17."""


class SceneMotion:
    """Compares each frame with how its parts looked when they were last looked at.

    So somebody who came and sat down stays a change until they were looked at. Light that changes everywhere alike is
    no change.
    """

    def __init__(self) -> None:
        self._seen: NDArray[np.float32] | None = None
        self._now: NDArray[np.float32] = np.zeros((COPY_HEIGHT, COPY_WIDTH), np.float32)
        self._size = (0, 0)

    def changes(self, frame: Frame, explained: Sequence[Box]) -> list[Box]:
        """The parts of the frame that changed, save inside the boxes ``explained``; the largest change first."""
        self._now, self._size = _small_grey(frame.image), frame.image.shape[:2]
        if self._seen is None:
            return [Box(0, self._size[1], self._size[0], 0)]
        # Light multiplies: what a lamp or the camera's exposure does to the median cell it does to all.
        light = float(np.median((self._now + 1.0) / (self._seen + 1.0)))
        changed = (np.abs(self._now - light * self._seen) > CHANGED_LEVELS).astype(np.uint8)
        for box in explained:
            changed[self._cells(box)] = 0
        # Closed first: a body in plain clothes moves at its outlines only.
        closed = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        _, _, parts, _ = cv2.connectedComponentsWithStats(closed)
        parts = parts[1:][parts[1:, cv2.CC_STAT_AREA] >= LEAST_CELLS]
        return [self._pixels(part) for part in parts[np.argsort(-parts[:, cv2.CC_STAT_AREA], kind="stable")]]

    def looked_at(self, boxes: Sequence[Box]) -> None:
        """Note that these parts of the last frame were searched for faces."""
        if self._seen is None:
            self._seen = self._now.copy()
        for box in boxes:
            cells = self._cells(box)
            self._seen[cells] = self._now[cells]

    def _cells(self, box: Box) -> tuple[slice, slice]:
        inside = box.clipped(*self._size)
        down, across = COPY_HEIGHT / max(1, self._size[0]), COPY_WIDTH / max(1, self._size[1])
        return (
            slice(round(inside.top * down), round(inside.bottom * down)),
            slice(round(inside.left * across), round(inside.right * across)),
        )

    def _pixels(self, part: NDArray[np.int32]) -> Box:
        left, top, width, height = (int(value) for value in part[:4])
        down, across = self._size[0] / COPY_HEIGHT, self._size[1] / COPY_WIDTH
        return Box(int(top * down), round((left + width) * across), round((top + height) * down), int(left * across))


def _small_grey(image: Image) -> NDArray[np.float32]:
    # Thinned out before it is averaged: a whole 1080p frame would cost 7 ms each time.
    step = max(1, image.shape[1] // (3 * COPY_WIDTH))
    size = (-(-image.shape[1] // step), -(-image.shape[0] // step))
    thin = cv2.resize(image, size, interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(thin, (COPY_WIDTH, COPY_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
