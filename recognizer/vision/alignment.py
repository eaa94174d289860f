"""Alignment: a face turned upright and cut out, as the encoder was trained on it."""

from __future__ import annotations

from collections.abc import Sequence

import dlib
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.detection import Detection, Image
from recognizer.vision.weights import weights_path

Landmarks = NDArray[np.float64]

CHIP_PIXELS = 150
CHIP_PADDING = 0.25
"""What dlib's encoder expects: a square chip with a quarter of the face's size around it."""

CHIP_SURROUNDINGS = 1.0
LANDMARK_SURROUNDINGS = 0.5
"""How many of its widths around a face are cut out: a chip, however turned, reaches no farther, nor do landmarks."""


class Alignment:
    """dlib's 5-point landmarks (the corners of the eyes and the base of the nose).

    Raises WeightsError when the model file is missing or damaged. One object per thread.
    """

    def __init__(self) -> None:
        self._landmarks = dlib.shape_predictor(str(weights_path("shape_predictor_5_face_landmarks.dat")))

    def chips(self, image: Image, detections: Sequence[Detection]) -> list[Image]:
        """An upright (150, 150, 3) chip for each detection, in their order; what lies past the edge is black."""
        chips = []
        for detection in detections:
            surroundings, _, found = self._find(image, detection, CHIP_SURROUNDINGS)
            chips.append(dlib.get_face_chip(surroundings, found, size=CHIP_PIXELS, padding=CHIP_PADDING))
        return chips

    def landmarks(self, image: Image, detection: Detection) -> Landmarks:
        """(5, 2) float64, x and y in pixels: outer and inner corner of the eye on the image's right, then of the one
        on its left, and the base of the nose."""
        _, (left, top), found = self._find(image, detection, LANDMARK_SURROUNDINGS)
        return np.array([(left + point.x, top + point.y) for point in found.parts()], np.float64)

    def _find(
        self, image: Image, detection: Detection, surroundings: float
    ) -> tuple[Image, tuple[int, int], dlib.full_object_detection]:
        """The landmarks in a cutting of the image, the cutting, and its left top corner."""
        box = detection.box
        # dlib copies what it is given: of a 1080p frame 2 ms each time.
        around = box.widened(surroundings, surroundings, surroundings).clipped(*image.shape[:2])
        cutting = np.ascontiguousarray(image[around.top : around.bottom, around.left : around.right])
        face = box.moved(-around.left, -around.top)
        return (
            cutting,
            (around.left, around.top),
            self._landmarks(cutting, dlib.rectangle(face.left, face.top, face.right - 1, face.bottom - 1)),
        )
