"""Alignment: a face is turned upright and cut out, as the encoder's training faces were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dlib
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Detection, Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.nets.weights import weights_path

Landmarks = NDArray[np.float64]

CHIP_PIXELS = 150
CHIP_PADDING = 0.25
"""dlib's encoder expects a square chip with a quarter of the face's size around the face."""

SURROUNDINGS = 0.75
"""This many widths around a face are cut out: a chip, however turned, reaches no farther."""


class Alignment:
    """dlib's 5-point landmarks (the corners of the eyes and the base of the nose).

    The results for the last image are kept, since the same face is asked for more than once. So an image must not be
    changed while it is worked on.
    Raises WeightsError when the model file is missing or damaged. One object per thread.
    """

    def __init__(self) -> None:
        self._predict = dlib.shape_predictor(str(weights_path("shape_predictor_5_face_landmarks.dat")))
        self._image: Image | None = None
        self._faces: dict[Box, _Face] = {}
        self._chips: dict[Box, Image] = {}

    def chips(self, image: Image, detections: Sequence[Detection]) -> list[Image]:
        """An upright (150, 150, 3) chip for each detection, in their order; what lies past the edge is black."""
        chips = []
        for detection in detections:
            face = self._face(image, detection.box)
            if detection.box not in self._chips:
                chip = dlib.get_face_chip(face.cutting, face.landmarks, size=CHIP_PIXELS, padding=CHIP_PADDING)
                self._chips[detection.box] = chip
            chips.append(self._chips[detection.box])
        return chips

    def landmarks(self, image: Image, detection: Detection) -> Landmarks:
        """(5, 2) float64, x and y in pixels: outer and inner corner of the eye on the image's right, then of the eye
        on its left, and the base of the nose."""
        face = self._face(image, detection.box)
        return np.array([(face.left + point.x, face.top + point.y) for point in face.landmarks.parts()], np.float64)

    def _face(self, image: Image, box: Box) -> _Face:
        if image is not self._image:
            self._image, self._faces, self._chips = image, {}, {}
        if box not in self._faces:
            # dlib copies what it is given, which takes 2 ms for a 1080p frame.
            around = box.widened(SURROUNDINGS, SURROUNDINGS, SURROUNDINGS).clipped(*image.shape[:2])
            cutting = np.ascontiguousarray(image[around.top : around.bottom, around.left : around.right])
            if cutting.size == 0:
                cutting = np.zeros((1, 1, 3), np.uint8)
            moved = box.moved(-around.left, -around.top)
            rectangle = dlib.rectangle(moved.left, moved.top, moved.right - 1, moved.bottom - 1)
            self._faces[box] = _Face(cutting, around.left, around.top, self._predict(cutting, rectangle))
        return self._faces[box]


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """landmarks: in pixels of the cutting, whose corner is at (left, top) of the image."""

    cutting: Image
    left: int
    top: int
    landmarks: dlib.full_object_detection
