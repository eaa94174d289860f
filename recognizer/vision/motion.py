"""Motion: how often to look."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.detection import Frame, Image

STILL_SECONDS = 2.0
"""How often a still scene is looked at. Students sit still: a sweep goes on whatever moves."""

COPY_WIDTH, COPY_HEIGHT = 64, 36
CHANGED_LEVELS = 10
"""Grey levels by which a cell of the small copy must differ: many times what a camera's noise leaves of the dozen
pixels averaged in it, and less than a head turning."""

CHANGED_CELLS = 4
"""So many of the 2304 cells make the scene lively: about one face of 60 pixels in a 1080p frame."""


class SceneMotion:
    """Looks ``looks_per_second`` times a second while the scene changes, and every two seconds while it is still.

    The scene is compared with that of the last look, so somebody who came and sat down is looked at once more.
    """

    def __init__(self, looks_per_second: float) -> None:
        if looks_per_second <= 0:
            raise ValueError("looks_per_second must be above 0")
        self._lively_seconds = 1.0 / looks_per_second
        self._still_seconds = max(STILL_SECONDS, self._lively_seconds)
        self._looked_at: float | None = None
        self._seen: NDArray[np.int16] = np.zeros((COPY_HEIGHT, COPY_WIDTH), np.int16)

    def is_time_to_look(self, frame: Frame) -> bool:
        """Decided by the frame's position and picture alone; frames that come too soon are not even glanced at."""
        since = float("inf") if self._looked_at is None else frame.position_seconds - self._looked_at
        # Positions are multiples of a frame's time: without the grain 0.48 s, not 0.5, would be missed by rounding.
        if since + 1e-6 < self._lively_seconds:
            return False
        copy = _small_grey(frame.image)
        if since + 1e-6 < self._still_seconds and not _is_lively(self._seen, copy):
            return False
        self._looked_at, self._seen = frame.position_seconds, copy
        return True


def _small_grey(image: Image) -> NDArray[np.int16]:
    # Thinned out before it is averaged: a whole 1080p frame would cost 7 ms each time.
    step = max(1, image.shape[1] // 256)
    small = cv2.resize(image[::step, ::step], (COPY_WIDTH, COPY_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.int16)


def _is_lively(before: NDArray[np.int16], now: NDArray[np.int16]) -> bool:
    return int(np.count_nonzero(np.abs(now - before) > CHANGED_LEVELS)) >= CHANGED_CELLS
