"""The quality gate: which faces are worth an encoding."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Detection, Image, Quality
from recognizer.vision.faces.alignment import Alignment, Landmarks
from recognizer.vision.faces.signal import Signal, grey_crop, measure_signal

BOX_STEP = 1.1
"""dlib's boxes come in steps of 6/5, so a face's own width is known to a tenth only, and is given the benefit."""

MID_GREY = 128.0

LEAST_CONTRAST = 8.0
"""Standard deviation of the grey levels in the crop. Photos at a quarter of their contrast (median 11) move an encoding
by 0.27 in the median, at a seventh (6.5) by 0.38, at a tenth (4.4) by 0.50; and so do photos in less light with as
little contrast."""

FULL_CONTRAST = 20.0
"""Standard deviation of the crop with its brightness set to mid-grey, which 99 of 100 press photos exceed. Below it the
crop is stretched to this contrast before its sharpness is measured, or haze would be taken for blur."""

CLEAR_CONTRAST = 30.0
"""A crop with less that would be sharp enough with so much lacks contrast rather than sharpness. Of 93 press photos at
a quarter of their contrast 5 were called blurred without it and none with it; of those also blurred by 6 % of the
face's width none was called anything but blurred by it."""

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

LEAST_CONTRAST_TO_NOISE = 3.5
"""The finer shading of the face in its noise. With less and less light, photos just below it had moved by 0.37 in the
median and those just above by 0.33, whether the skin was light or dark and whether they were brightened again. Of 912
photos as they are the least had 5.8 (docs/recognition.md, "Dark skin and little light")."""

FULL_CONTRAST_TO_NOISE = 10.0
"""Beyond it less noise adds little: photos with as much had moved by 0.13 in the median."""

DIM = 70.0
"""Mean grey level below which a lack of contrast is called a lack of light."""

BRIGHTEST, GLARING = 230.0, 200.0
"""Mean grey levels beyond which a face has no shading left, and beyond which it loses some."""

MOST_TURNED = 0.42
"""How far the base of the nose may lie beside the middle between the eyes, in their distance: 0 from the front. On
press photos it is 0.07 in the median and 0.20 at the 95th percentile, and goes with the distance to the person's other
photos (Spearman's rho 0.3), as no other measure here does."""

LEVEL_DROP, LEAST_DROP, MOST_DROP = 0.8, 0.3, 1.3
"""How far it lies below that middle: looking straight ahead, and the ends between which a face can be read."""

LEAST_VISIBLE = 0.8
"""The share of the box that must lie inside the image."""


@dataclass(frozen=True, slots=True)
class CropQualityGate:
    """Judges a face by the picture inside its box, in about a millisecond.

    smallest_face_pixels: the least width of a face; least_sharpness: PHOTO_SHARPNESS for references, FRAME_SHARPNESS
    for the frames of a camera, of which there are many; alignment: tells how far a face is turned, without it every
    face is taken for frontal.
    """

    smallest_face_pixels: int = 80
    least_sharpness: float = PHOTO_SHARPNESS
    alignment: Alignment | None = None

    def assess(self, image: Image, detection: Detection) -> Quality:
        """The score is the product of what size, sharpness, light, contrast and pose are worth, each from 0 to 1; the
        refusal is the first of the limits that is not kept."""
        box = detection.box
        inside = box.clipped(*image.shape[:2])
        if box.width * BOX_STEP < self.smallest_face_pixels:
            return Quality(0.0, "too small")
        if inside.area < LEAST_VISIBLE * box.area:
            return Quality(0.0, "cut off by the edge")
        crop = grey_crop(image, inside)
        signal = measure_signal(crop)
        if signal.brightness > BRIGHTEST:
            return Quality(0.0, "too bright")
        if fault := _find_fault(signal):
            return Quality(0.0, fault)
        lit = crop * (MID_GREY / signal.brightness)
        contrast = min(1.0, float(lit.std()) / FULL_CONTRAST)
        sharpness = _sharpness(lit / contrast)
        if sharpness < self.least_sharpness:
            clear = lit * max(1.0, CLEAR_CONTRAST / float(lit.std()))
            return Quality(0.0, "too little contrast" if _sharpness(clear) >= PHOTO_SHARPNESS else "too blurred")
        pose = 1.0 if self.alignment is None else frontality(self.alignment.landmarks(image, detection))
        if pose == 0.0:
            return Quality(0.0, "turned away")
        size = min(1.0, box.width / FULL_PIXELS)
        clarity = min(1.0, (sharpness / FULL_SHARPNESS) ** 0.5)
        return Quality(size * clarity * _light(signal) * contrast * pose)


def _sharpness(crop: NDArray[np.float32]) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., 2000)."""
    return float(cv2.Laplacian(crop, cv2.CV_32F).var())


def _find_fault(signal: Signal) -> str:
    """Why too little of the face can be told from noise, or at all; "" where enough can."""
    is_flat = signal.contrast < LEAST_CONTRAST
    if signal.contrast_to_noise >= LEAST_CONTRAST_TO_NOISE and not is_flat:
        return ""
    if signal.brightness < DIM:
        return "too dark"
    return "too little contrast" if is_flat else "too noisy"


def _light(signal: Signal) -> float:
    return min(1.0, signal.contrast_to_noise / FULL_CONTRAST_TO_NOISE, (255.0 - signal.brightness) / (255.0 - GLARING))


def frontality(landmarks: Landmarks) -> float:
    """1 for a face seen from the front, 0 for one turned so far to a side, up or down that it cannot be compared."""
    eyes = landmarks[:4].reshape(2, 2, 2).mean(axis=1)
    across = eyes[0] - eyes[1]
    apart = float(np.hypot(*across))
    if apart == 0.0:
        return 0.0
    nose = landmarks[4] - eyes.mean(axis=0)
    aside = abs(float(nose @ across)) / apart**2
    drop = float(nose @ np.array([-across[1], across[0]])) / apart**2
    lift = (
        (drop - LEAST_DROP) / (LEVEL_DROP - LEAST_DROP)
        if drop < LEVEL_DROP
        else (MOST_DROP - drop) / (MOST_DROP - LEVEL_DROP)
    )
    return max(0.0, 1.0 - aside / MOST_TURNED) * max(0.0, min(1.0, 1.25 * lift))
