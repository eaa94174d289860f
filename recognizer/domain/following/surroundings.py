"""A face with what is around it, and how these move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.geometry import Box

Shift = tuple[float, float]
"""To the right and down, in widths of the face."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A face with what is around it in one picture. grey: the region's content, scaled by the width of the face."""

    region: Box
    grey: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Movement:
    """How far a face has moved in the picture, and each part around it whose movement could be told."""

    face: Shift
    parts: tuple[Shift, ...]
