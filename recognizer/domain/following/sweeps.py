"""Sweeps: when the whole frame is searched for faces, and for faces of what size."""

from __future__ import annotations

import math

from recognizer.domain.following.detection import Region
from recognizer.domain.following.geometry import Box

COMMON_PIXELS = 80
"""Detectors find faces of this width, and wider ones, in a picture that is not enlarged."""

SWEEP_SECONDS = 9.0
"""The whole frame is searched this often, however still the room is: students sit still."""

SMALL_SWEEP_SECONDS = 30.0
"""It is searched this often for faces narrower than COMMON_PIXELS as well, which costs one and a half sweeps."""

LEFT_TO_SWEEPS = 0.88
"""Faces down to this share of COMMON_PIXELS are left to the common sweeps. These find most of them, and come three
times as often."""

CHANGED_ROOM = 0.4
"""A change of more than this share of the frame calls for a sweep: the light went on, or somebody moved the camera."""

SOONEST_SWEEP_SECONDS = 2.0
"""The least time between two sweeps."""


class Sweeps:
    """Decides for one camera. The same frames give the same sweeps.

    smallest_face_pixels: the width of the smallest face to be found.
    """

    def __init__(self, smallest_face_pixels: int) -> None:
        self._smallest = smallest_face_pixels
        self._common = common_pixels(smallest_face_pixels)
        self._swept_at = -math.inf
        self._swept_for_small_at: float | None = None

    def next_sweep(self, whole: Box, changed_area: int, position_seconds: float) -> Region | None:
        """The sweep that is due in a frame, if one is. changed_area: in square pixels of the frame ``whole``."""
        since = position_seconds - self._swept_at
        is_new_scene = changed_area > CHANGED_ROOM * whole.area and since >= SOONEST_SWEEP_SECONDS
        if since >= SWEEP_SECONDS or is_new_scene:
            self._swept_at = position_seconds
            return Region(whole, self._common)
        # Not together with a common sweep: the frames after it must not wait for both.
        if self._swept_for_small_at is None:
            # Most people come in at the start. By the middle of the first interval there are more to be found.
            self._swept_for_small_at = position_seconds - SMALL_SWEEP_SECONDS / 2
        is_small_due = position_seconds - self._swept_for_small_at >= SMALL_SWEEP_SECONDS
        if self._smallest < self._common and is_small_due:
            self._swept_for_small_at = position_seconds
            return Region(whole, self._smallest, LEFT_TO_SWEEPS * self._common)
        return None


def common_pixels(smallest_face_pixels: int) -> int:
    """The width of the smallest faces that common sweeps search for."""
    has_small_sweeps = smallest_face_pixels < LEFT_TO_SWEEPS * COMMON_PIXELS
    return COMMON_PIXELS if has_small_sweeps else smallest_face_pixels
