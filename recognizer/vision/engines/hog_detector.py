"""dlib's HOG detector, and what it shares with dlib's CNN (``cnn_detector``)."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Iterable, Sequence

import dlib
import numpy as np

from recognizer.domain.following.detection import Detection, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.regions import detect_in_regions
from recognizer.vision.nets.frontal_face import load_frontal_face_detector

NATIVE_PIXELS = 80
"""Both of dlib's detectors find faces of this width and more in an image that is not enlarged."""


def upsamplings(smallest_face_pixels: int) -> int:
    """How often the image must be doubled for faces of that width to be found. Each time costs four times the work."""
    if smallest_face_pixels < 1:
        raise ValueError("the smallest face is at least one pixel wide")
    return max(0, math.ceil(math.log2(NATIVE_PIXELS / smallest_face_pixels)))


@functools.cache
def _detector_of(thread: int) -> dlib.fhog_object_detector:
    """dlib's own object, which crashes the process where two threads use it."""
    return load_frontal_face_detector()


class HogDetector:
    """dlib's frontal face detector: for faces that look towards the camera. Raises WeightsError."""

    def __init__(self, smallest_face_pixels: int) -> None:
        self._upsamplings = upsamplings(smallest_face_pixels)
        _detector_of(threading.get_ident())  # A damaged file is told before the first picture comes.

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Faces in the image, largest confidence first; boxes come in steps of 6/5 of their size."""
        if regions is None:
            return self._detect(image, self._upsamplings)
        return detect_in_regions(lambda part: self._detect(part, 0), image, regions, NATIVE_PIXELS)

    def _detect(self, image: Image, upsamplings: int) -> list[Detection]:
        find = _detector_of(threading.get_ident()).run
        rectangles, confidences, _ = find(np.ascontiguousarray(image), upsamplings, 0.0)
        return _sorted(
            Detection(_box(rectangle), float(confidence))
            for rectangle, confidence in zip(rectangles, confidences, strict=True)
        )


def _box(rectangle: dlib.rectangle) -> Box:
    # dlib's right and bottom are the last pixels inside, a Box's the first outside.
    return Box(rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1, rectangle.left())


def _sorted(detections: Iterable[Detection]) -> list[Detection]:
    return sorted(detections, key=lambda detection: detection.confidence, reverse=True)
