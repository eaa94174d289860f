"""Covered faces: masks and dark glasses, which make a reference that finds nobody, or whoever is covered so.

The method asks the encoder itself. A mouth is painted over and the face encoded again: where that changes little,
nothing of a mouth was there to be seen. The same is done with the eyes, on which dark glasses are painted; since these
change a face less, the eyes must also be darker than the cheeks.
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Detection, Encodings, Image
from recognizer.domain.ports.camera import Aligner

LEAST_CHANGE_BY_MOUTH = 0.225
"""How far a face's encoding moves at least when its mouth is painted over. Of 268 photos without a mask the nearest
moved by 0.230 (median 0.323). Of 129 masks drawn on press photos, over the nose or below it, all but one moved by less.
Of 608 photos, cut tight for the most part, five without a mask moved by less, under a watermark or behind a pen say.
Measured by ``python -m benchmarks.covering``."""

LEAST_CHANGE_BY_GLASSES = 0.3
MOST_LIGHT_OF_EYES = 0.6
"""How far the encoding moves at least when dark glasses are painted on, and how light the eyes of covered faces are at
most beside the cheeks. Both together found 99 to 100 % of the black glasses drawn on press photos, 93 % of the brown
ones, 32 % of light ones, and none that mirror the sky. Of 265 photos as they are they took five: four people who do
wear dark glasses, and one false alarm. Measured by ``python -m benchmarks.covering``."""

_LENSES = ((52, 60), (98, 60))
_LENS_AXES = (20, 14)
_FRAME = ((68, 56), (82, 56)), ((34, 56), (18, 52)), ((116, 56), (132, 52))
_GLASS = 25.0
_MOUTH = slice(90, 148), slice(20, 130)
_EYE_ROWS = slice(54, 67)
_EYE_COLUMNS = slice(42, 66), slice(84, 108)
_CHEEKS = (slice(84, 100), slice(40, 60)), (slice(84, 100), slice(90, 110)), (slice(70, 88), slice(68, 82))
_SKIN = slice(40, 120), slice(30, 120)
"""Places on the aligned chip of 150 x 150 pixels, on which every face has its eyes and nose in the same place."""

_SHIFTS = range(-24, 9, 4)
"""How many rows lower the eyes are looked for: behind dark glasses the landmarks are mostly taken to lie too low."""


class ChipEncoder(Protocol):
    """Encodes aligned chips."""

    def encode_chips(self, chips: list[Image]) -> Encodings:
        """(n, 128) float32, one row for each chip."""


class EncodedCovering:
    """Finds covers by how an encoding changes when more of the face is covered; three encodings a face."""

    def __init__(self, aligner: Aligner, encoder: ChipEncoder) -> None:
        self._aligner = aligner
        self._encoder = encoder

    def find_cover(self, image: Image, detection: Detection) -> str:
        """What of the face is covered, "mouth" or "eyes"; "" where nothing is."""
        (chip,) = self._aligner.chips(image, [detection])
        light, shift = min((_light_of_eyes(chip, shift), shift) for shift in _SHIFTS)
        painted = [chip, _paint_mouth(chip), _paint_glasses(chip, shift)]
        bare, without_mouth, in_glasses = self._encoder.encode_chips(painted)
        if np.linalg.norm(without_mouth - bare) < LEAST_CHANGE_BY_MOUTH:
            return "mouth"
        is_covered = light < MOST_LIGHT_OF_EYES and np.linalg.norm(in_glasses - bare) < LEAST_CHANGE_BY_GLASSES
        return "eyes" if is_covered else ""


def _paint_mouth(chip: Image) -> Image:
    """The lower part of the face in the colour of its skin, with soft edges."""
    weight = np.zeros(chip.shape[:2], np.float32)
    weight[_MOUTH] = 1
    weight = np.asarray(cv2.GaussianBlur(weight, (0, 0), 3), np.float32)
    return _blend(chip, np.median(chip[_SKIN].reshape(-1, 3), axis=0), weight)


def _paint_glasses(chip: Image, shift: int) -> Image:
    lenses = np.zeros(chip.shape[:2], np.uint8)
    for x, y in _LENSES:
        cv2.ellipse(lenses, (x, y + shift), _LENS_AXES, 0, 0, 360, 255, -1, cv2.LINE_AA)
    for (x, y), (to_x, to_y) in _FRAME:
        cv2.line(lenses, (x, y + shift), (to_x, to_y + shift), 255, 3)
    return _blend(chip, np.full(3, _GLASS), (lenses / 255).astype(np.float32))


def _blend(chip: Image, colour: NDArray[np.floating[Any]], weight: NDArray[np.float32]) -> Image:
    blended = chip * (1 - weight[..., None]) + colour * weight[..., None]
    return np.asarray(blended.clip(0, 255), np.uint8)


def _light_of_eyes(chip: Image, shift: int) -> float:
    """The lighter eye's upper quartile of grey, in that of the cheeks and the nose (median)."""
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
    cheeks = float(np.median(np.concatenate([grey[place].ravel() for place in _CHEEKS])))
    rows = slice(_EYE_ROWS.start + shift, _EYE_ROWS.stop + shift)
    return max(float(np.percentile(grey[rows, columns], 75)) for columns in _EYE_COLUMNS) / max(cheeks, 1.0)
