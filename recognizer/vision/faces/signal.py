"""How much of a face can be told from noise: what a lack of light takes away, and a dark skin does not.

Brightness says little of it. A well-lit dark face has as much shading as a light one, and a camera that brightens a
dark picture brightens its noise as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box

Crop = NDArray[np.float32]
"""(CROP_PIXELS, CROP_PIXELS) grey levels of a face."""

CROP_PIXELS = 64
"""Faces are measured scaled to this width, smaller than nearly any face that passes: what a large picture has beyond it
must not make it look better than a small one."""

ROUNDING = 0.3
"""Standard deviation of whole grey levels, 1 / √12: no picture has less noise."""

_COARSE = 6.0
"""Pixels of the crop. Shading coarser than this is the lamp's, and finer shading the face's."""

_SECOND_DIFFERENCES = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)

_Y, _X = np.mgrid[:CROP_PIXELS, :CROP_PIXELS] - (CROP_PIXELS - 1) / 2
_INSIDE = (_X / 24) ** 2 + (_Y / 28) ** 2 <= 1
"""The face without what is around it: a dark face before a light wall has contrast that tells nothing of the face."""


@dataclass(frozen=True, slots=True)
class Signal:
    """In grey levels: the mean and the standard deviation of the crop, and those of the finer shading and of the noise
    inside of the face."""

    brightness: float
    contrast: float
    shading: float
    noise: float

    @property
    def contrast_to_noise(self) -> float:
        """Of the finer shading."""
        return self.shading / self.noise


def grey_crop(image: Image, box: Box) -> Crop:
    """The face in that box, which lies inside of the image."""
    face = np.ascontiguousarray(image[box.top : box.bottom, box.left : box.right])
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    shrinks = grey.shape[1] >= CROP_PIXELS
    scaled = cv2.resize(grey, (CROP_PIXELS, CROP_PIXELS), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return scaled.astype(np.float32)


def measure_signal(crop: Crop) -> Signal:
    """Of a face's crop.

    Noise is told by a mask to which edges and shading give next to nothing (Immerkær, "Fast noise variance estimation",
    1996).
    """
    finer = crop - cv2.GaussianBlur(crop, (0, 0), _COARSE)
    differences = np.abs(cv2.filter2D(crop, cv2.CV_32F, _SECOND_DIFFERENCES))[_INSIDE]
    noise = float(differences.mean()) * (np.pi / 2) ** 0.5 / 6
    return Signal(float(crop.mean()), float(crop.std()), float(finer[_INSIDE].std()), float(np.hypot(noise, ROUNDING)))
