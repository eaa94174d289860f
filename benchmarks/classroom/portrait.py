"""A portrait: one face in one picture, with its place to the pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Image
from recognizer.errors import PhotoError
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.nets.weights import weights_path

LEAST_SIDE, MOST_SIDE = 320, 900
"""Pictures are brought between these: small ones so that a detector finds their face, large ones for its speed."""

TIGHT_BORDER = 0.27
"""The border, in parts of the picture, around one that is all face: a detector wants to see what is around it."""

SURE_OF_A_FACE = 1 / 3
"""HOG's confidence from which a portrait's face is taken for one."""

_LANDMARKS = (
    np.array([[0.860, 0.213], [0.646, 0.229], [0.121, 0.214], [0.334, 0.229], [0.490, 0.628]]) - (0.5, 0.4)
) / 1.2
"""Where dlib's five landmarks (eye corners, base of the nose) lie on the average, from a face's middle and in parts of
its square. dlib's get_face_chip_details has them in a square of its own, which the boxes of dlib's detectors exceed by
a fifth, mostly upwards."""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """picture: RGB. centre (x, y) and side of the face's square (brows to below the lips), in pixels.

    roll: degrees by which the head leans clockwise. turn: how far the nose lies off the middle of the eyes, in parts
    of the side: 0 looks straight ahead.
    """

    picture: Image
    centre: tuple[float, float]
    side: float
    roll: float
    turn: float


class PortraitReader:
    """Reads pictures of one person and finds the largest face, looking towards the camera. Raises WeightsError."""

    def __init__(self) -> None:
        self._detectors = (HogDetector(80), HogDetector(40))
        self._landmarks = dlib.shape_predictor(str(weights_path("shape_predictor_5_face_landmarks.dat")))

    def read(self, path: Path) -> Portrait | None:
        """None for what is no picture, or shows no such face."""
        try:
            picture = _scaled(read_photo(path))
        except PhotoError:
            return None
        return self._find(picture) or self._find(_scaled(_with_border(picture)))

    def _find(self, picture: Image) -> Portrait | None:
        for detector in self._detectors:
            faces = [face for face in detector.detect(picture) if face.confidence >= SURE_OF_A_FACE]
            if faces:
                box = max(faces, key=lambda face: face.box.area).box
                shape = self._landmarks(picture, dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1))
                return _portrait(picture, [(point.x, point.y) for point in shape.parts()])
        return None


def _portrait(picture: Image, landmarks: Sequence[tuple[float, float]]) -> Portrait:
    points = np.array(landmarks, np.float64)
    moved = _fit(_LANDMARKS, points)
    side, roll = math.hypot(moved[0, 0], moved[1, 0]), math.degrees(math.atan2(moved[1, 0], moved[0, 0]))
    x, y = moved[:, 2]
    across = moved[:, 0] / side
    turn = float((points[4] - points[:4].mean(axis=0)) @ across) / side
    return Portrait(picture, (float(x), float(y)), side, roll, turn)


def _fit(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3) turning, scaling and shifting that brings the source points nearest to the target (least squares)."""
    (from_x, from_y), (to_x, to_y) = source.mean(axis=0), target.mean(axis=0)
    one = (source - (from_x, from_y)) @ np.array([1, 1j])
    other = (target - (to_x, to_y)) @ np.array([1, 1j])
    turned = complex(np.vdot(one, other) / np.vdot(one, one))
    a, b = turned.real, turned.imag
    return np.array([[a, -b, to_x - a * from_x + b * from_y], [b, a, to_y - b * from_x - a * from_y]])


def _scaled(picture: Image) -> Image:
    smallest, largest = min(picture.shape[:2]), max(picture.shape[:2])
    scale = min(max(1.0, LEAST_SIDE / smallest), MOST_SIDE / largest)
    if scale == 1.0:
        return picture
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def _with_border(picture: Image) -> Image:
    border = round(TIGHT_BORDER * min(picture.shape[:2]))
    return np.asarray(cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_REPLICATE), np.uint8)
