"""dlib's CNN face detector (King, Max-Margin Object Detection, 2015), run by ONNX Runtime."""

from __future__ import annotations

import cv2
import numpy as np

from recognizer.domain.detection import Detection, Image
from recognizer.domain.geometry import Box
from recognizer.vision.detector import NATIVE_PIXELS, upsamplings
from recognizer.vision.dlib_format import Floats
from recognizer.vision.networks import MEAN_RGB, detector_model, run_on_cpu, sum_taps
from recognizer.vision.pyramid import Canvas, tile
from recognizer.vision.weights import load_net

CELL_PIXELS = 8
FIRST_CELL_PIXELS = 14
"""A cell of the scores stands for every eighth pixel of the canvas, the first for the fifteenth: three convolutions of
5 x 5 that halve the picture without padding."""

SMALLEST_CANVAS_PIXELS = 29
"""Below it those convolutions leave nothing."""

MOST_IOU = 0.4
MOST_COVERED = 0.8
"""Of two boxes that share more than this (of their union, or of the smaller one), only the surer is a face."""


class CnnDetector:
    """Finds turned faces too. The boxes are dlib's own: the same pyramid on the same canvas through the same net.

    One object per thread. Raises WeightsError when its model file is missing or damaged.
    """

    def __init__(self, smallest_face_pixels: int, threads: int = 1) -> None:
        self._upsamplings = upsamplings(smallest_face_pixels)
        net = load_net("mmod_human_face_detector.dat")
        self._bias = float(net.convolutions[-1].bias[0])
        self._session = run_on_cpu(detector_model(net), threads)

    def detect(self, image: Image) -> list[Detection]:
        """Faces in the image, largest confidence first."""
        factor = 2**self._upsamplings
        enlarged = image
        if factor > 1:
            enlarged = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR))
        canvas = tile(enlarged.astype(np.float32) - MEAN_RGB)
        if min(canvas.image.shape[:2]) < SMALLEST_CANVAS_PIXELS:
            return []
        scores = self._scores(canvas)
        cells = [(float(scores[row, column]), row, column) for row, column in np.argwhere(scores > 0)]
        found = [Detection(_box(canvas, row, column, factor), score) for score, row, column in sorted(cells)[::-1]]
        return _surest(found)

    def _scores(self, canvas: Canvas) -> Floats:
        images = np.ascontiguousarray(canvas.image.transpose(2, 0, 1)[None])
        (parts,) = self._session.run(None, {"images": images})
        scores: Floats = sum_taps(parts, self._bias)[0]
        return scores


def _box(canvas: Canvas, row: int, column: int, factor: int) -> Box:
    """The face a cell stands for, in the image; its corners where dlib puts them."""
    y, x = (CELL_PIXELS * int(cell) + FIRST_CELL_PIXELS for cell in (row, column))
    level = canvas.level_at(y, x)
    half = (NATIVE_PIXELS - 1) / 2
    top, left = level.in_image(y - half, x - half)
    bottom, right = level.in_image(y + half, x + half)
    return Box(_pixel(top, factor), _pixel(right, factor) + 1, _pixel(bottom, factor) + 1, _pixel(left, factor))


def _pixel(at: float, factor: int) -> int:
    return int(np.floor(at / factor + 0.5))


def _surest(found: list[Detection]) -> list[Detection]:
    """Those that no surer one overlaps too much; ``found`` has the surest first."""
    kept: list[Detection] = []
    for detection in found:
        if not any(_is_same_face(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def _is_same_face(one: Box, other: Box) -> bool:
    smaller = min(one.area, other.area)
    return one.iou(other) > MOST_IOU or one.intersection(other) > MOST_COVERED * smaller
