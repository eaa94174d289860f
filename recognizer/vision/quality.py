"""The quality gate: which faces are worth an encoding."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.detection import Detection, Image, Quality

CROP_PIXELS = 64
"""Sharpness is measured on the face scaled to this width, smaller than any face that passes: what a large picture
has beyond it must not make it look sharper than a small one."""

BOX_STEP = 1.1
"""dlib's boxes come in steps of 6/5, so a face's own width is known to a tenth only, and is given the benefit."""

FRAME_SHARPNESS = 30.0
"""Variance of the Laplacian of the 64-pixel crop, brightness set to mid-grey. On ten LFW people a blur of sigma
3 % of the face's width leaves a median of 22, and moves the encoding by 0.42, past any tolerance; the H.264 video
of people walking stays above 45."""

PHOTO_SHARPNESS = 50.0
"""A reference is compared for years: sigma 2 % of the width leaves a median of 57 and moves an encoding by 0.29."""

FULL_SHARPNESS = 300.0
"""Beyond it more sharpness adds nothing: the median of press photos."""

FULL_PIXELS = 150
"""Beyond it a wider face adds nothing: the encoder's chip is no larger."""

DARKEST, BRIGHTEST = 40.0, 230.0
"""Mean grey levels between which a face has its shading still."""

LEAST_VISIBLE = 0.8
"""The share of the box that must lie inside the image."""


@dataclass(frozen=True, slots=True)
class CropQualityGate:
    """Judges a face by the picture inside its box, in well under a millisecond.

    smallest_face_pixels: the least width of a face; least_sharpness: PHOTO_SHARPNESS for references,
    FRAME_SHARPNESS for the frames of a camera, of which there are many.
    """

    smallest_face_pixels: int = 80
    least_sharpness: float = PHOTO_SHARPNESS

    def assess(self, image: Image, detection: Detection) -> Quality:
        """The score grows with width and sharpness; the refusal is the first of the limits that is not kept."""
        box = detection.box
        inside = box.clipped(*image.shape[:2])
        if box.width * BOX_STEP < self.smallest_face_pixels:
            return Quality(0.0, "too small")
        if inside.area < LEAST_VISIBLE * box.area:
            return Quality(0.0, "cut off by the edge")
        crop = _grey_crop(image[inside.top : inside.bottom, inside.left : inside.right])
        brightness = float(crop.mean())
        if brightness < DARKEST:
            return Quality(0.0, "too dark")
        if brightness > BRIGHTEST:
            return Quality(0.0, "too bright")
        sharpness = _sharpness(crop, brightness)
        if sharpness < self.least_sharpness:
            return Quality(0.0, "too blurred")
        return Quality(min(1.0, box.width / FULL_PIXELS) * min(1.0, (sharpness / FULL_SHARPNESS) ** 0.5))


def _grey_crop(face: Image) -> NDArray[np.float32]:
    grey = cv2.cvtColor(np.ascontiguousarray(face), cv2.COLOR_RGB2GRAY)
    shrinks = grey.shape[1] >= CROP_PIXELS
    scaled = cv2.resize(grey, (CROP_PIXELS, CROP_PIXELS), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return scaled.astype(np.float32)


def _sharpness(crop: NDArray[np.float32], brightness: float) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., 2000), of the crop as it would be in middling light."""
    return float(cv2.Laplacian(crop * (128.0 / brightness), cv2.CV_32F).var())
