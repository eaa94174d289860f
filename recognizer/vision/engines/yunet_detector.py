"""OpenCV's FaceDetectorYN with a YuNet model (Wu, Peng and Yu, 2023). The user supplies the model's file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Detection, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.errors import WeightsError
from recognizer.vision.engines.regions import detect_in_regions

SMALLEST_PIXELS = 20
"""The smallest face wanted is shrunk to this width. YuNet was trained on faces of about 10 to 300 pixels."""

LEAST_SCORE = 0.7
MOST_IOU = 0.3
MOST_FACES = 5000
"""At most this many are found before overlapping ones are dropped."""

SIDE = 0.9
"""The side of dlib's square box, as a share of the geometric mean of the sides of YuNet's box around the same centre:
the median of thirty press photos, with a deviation of 0.08."""


class YunetDetector:
    """Finds turned faces too, with the least computing.

    One object per thread. Raises WeightsError when the model file is missing or is not a YuNet.
    """

    def __init__(self, smallest_face_pixels: int, model: Path) -> None:
        self._factor = min(1.0, SMALLEST_PIXELS / smallest_face_pixels)
        # Errors are raised anyway. Without this OpenCV also prints what its new engine leaves out.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        if not model.is_file():
            raise WeightsError(f"recognition.yunet_model is {model}, which is not a file; expected YuNet's .onnx file")
        try:
            self._net = cv2.FaceDetectorYN.create(str(model), "", (32, 32), LEAST_SCORE, MOST_IOU, MOST_FACES)
            # A net of another kind is loaded without an error; only running it fails.
            self._find(np.zeros((32, 32, 3), np.uint8))
        except cv2.error:
            raise WeightsError(
                f"recognition.yunet_model is {model}, which FaceDetectorYN of OpenCV {cv2.__version__} cannot use; "
                "expected YuNet's .onnx file, of 2023 or later"
            ) from None

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Faces in the image, largest confidence (from 0 to 1) first; the boxes are made square, as dlib's are."""
        if regions is not None:
            return detect_in_regions(lambda part: self._detect(part, 1.0), image, regions, SMALLEST_PIXELS)
        return self._detect(image, self._factor)

    def _detect(self, image: Image, factor: float) -> list[Detection]:
        height, width = (max(1, round(factor * pixels)) for pixels in image.shape[:2])
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        faces = self._find(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), np.uint8))
        found = [Detection(_square(face[:4] / factor), float(face[-1])) for face in faces]
        return sorted(found, key=lambda detection: detection.confidence, reverse=True)

    def _find(self, bgr: Image) -> NDArray[np.float32]:
        """(n, 15) float32: left, top, width, height, five landmarks and the score."""
        self._net.setInputSize((bgr.shape[1], bgr.shape[0]))
        _, faces = self._net.detect(bgr)
        # Without a face OpenCV gives None, not an empty array.
        return np.empty((0, 15), np.float32) if faces is None else np.asarray(faces, np.float32)


def _square(sides: NDArray[np.float32]) -> Box:
    left, top, width, height = (float(value) for value in sides)
    side = SIDE * math.sqrt(max(0.0, width * height))
    top, left = top + (height - side) / 2, left + (width - side) / 2
    return Box(round(top), round(left + side), round(top + side), round(left))
