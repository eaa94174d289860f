"""Alignment: a face turned upright and cut out, as the encoder was trained on it."""

from __future__ import annotations

from collections.abc import Sequence

import dlib
import numpy as np

from recognizer.domain.detection import Detection, Image
from recognizer.vision.weights import weights_path

CHIP_PIXELS = 150
CHIP_PADDING = 0.25
"""What dlib's encoder expects: a square chip with a quarter of the face's size around it."""


class Alignment:
    """dlib's 5-point landmarks (the corners of the eyes and the base of the nose).

    Raises WeightsError when the model file is missing or damaged. One object per thread.
    """

    def __init__(self) -> None:
        self._landmarks = dlib.shape_predictor(str(weights_path("shape_predictor_5_face_landmarks.dat")))

    def chips(self, image: Image, detections: Sequence[Detection]) -> list[Image]:
        """An upright (150, 150, 3) chip for each detection, in their order; what lies past the edge is black."""
        whole = np.ascontiguousarray(image)
        return [self._chip(whole, detection) for detection in detections]

    def _chip(self, image: Image, detection: Detection) -> Image:
        box = detection.box
        landmarks = self._landmarks(image, dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1))
        chip: Image = dlib.get_face_chip(image, landmarks, size=CHIP_PIXELS, padding=CHIP_PADDING)
        return chip
