"""dlib's CNN face detector (King, Max-Margin Object Detection, 2015), run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import cv2
import numpy as np
from onnxruntime import InferenceSession

from recognizer.domain.following.detection import Detection, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.hog_detector import NATIVE_PIXELS, upsamplings
from recognizer.vision.engines.patches import Patch, patches
from recognizer.vision.engines.pieces import CELL_PIXELS, cells_of, pieces
from recognizer.vision.engines.pyramid import Canvas, tile
from recognizer.vision.engines.regions import WIDER_BOX, surest
from recognizer.vision.nets.dlib_format import Floats
from recognizer.vision.nets.networks import MEAN_RGB, detector_layers, detector_model, giving_back_memory, run_on_cpu
from recognizer.vision.nets.slight_net import CUT_FROM, load_pairs
from recognizer.vision.nets.weights import load_net

FIRST_CELL_PIXELS = 14
"""The first cell of the scores stands for this pixel, counted from 0: the middle of those that it is made of."""

MOST_PATCHES = 16
"""At most this many patches of one size go through the net at once: more take memory and save no time."""

MOST_KEPT_PIXELS = 500_000
"""The memory for so many pixels is kept from one run to the next. Whole frames need more, once in nine seconds: between
them a camera's process holds 20 MB less for it."""

_HALF = (NATIVE_PIXELS - 1) / 2


class CnnDetector:
    """Finds turned faces too. One object per thread.

    In whole images it finds dlib's own boxes: the same net sees the same pyramid on the same canvas. Regions are shown
    to the slight net (``slight_net``) at fewer sizes (``patches``), for a fifth of the time. Raises WeightsError when
    a model file is missing or damaged.
    """

    def __init__(self, smallest_face_pixels: int, threads: int = 1) -> None:
        self._upsamplings = upsamplings(smallest_face_pixels)
        layers = detector_layers(load_net(CUT_FROM))
        self._slight = run_on_cpu(detector_model(layers, load_pairs(layers)), threads)
        # Made when it is asked for: a camera's process searches regions only, and would never use it.
        self._exact = cache(lambda: run_on_cpu(detector_model(layers), threads))

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Faces in the image, largest confidence first."""
        if regions is None:
            return self._detect_like_dlib(image)
        shown = (patch for region in regions for patch in patches(image, region))
        return surest([face for batch in _batches(shown) for face in self._detect_in_batch(batch)])

    def _detect_in_batch(self, batch: Sequence[Patch]) -> list[Detection]:
        """Faces in patches of one size."""
        scores = self._scores(self._slight, [patch.image for patch in batch], MEAN_RGB)
        found = []
        for number, row, column in np.argwhere(scores > 0):
            box = _box_in_patch(batch[number], int(row), int(column))
            largest = batch[number].region.largest
            if largest is None or box.width <= WIDER_BOX * largest:
                found.append(Detection(box, float(scores[number, row, column])))
        return found

    def _detect_like_dlib(self, image: Image) -> list[Detection]:
        factor = 2**self._upsamplings
        enlarged = image
        if factor > 1:
            enlarged = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR))
        canvas = tile(enlarged.astype(np.float32) - MEAN_RGB)
        scores = self._scores(self._exact(), [canvas.image], np.zeros(3, np.float32))[0]
        cells = [(float(scores[row, column]), row, column) for row, column in np.argwhere(scores > 0)]
        return surest(
            [Detection(_box(canvas, row, column, factor), score) for score, row, column in sorted(cells)[::-1]]
        )

    def _scores(self, session: InferenceSession, pictures: Sequence[Image | Floats], mean: Floats) -> Floats:
        """(n, rows, columns) float32 for n pictures (height, width, 3) of one size; a cell above 0 is a face."""
        height, width = pictures[0].shape[:2]
        scores = np.empty((len(pictures), cells_of(height), cells_of(width)), np.float32)
        for piece in pieces(height, width):
            shown = [picture[piece.pixels] for picture in pictures]
            planes = _planes(shown, mean)
            options = giving_back_memory() if planes[:, 0].size > MOST_KEPT_PIXELS else None
            (answers,) = session.run(None, {"images": planes}, options)
            scores[:, *piece.cells] = answers[:, 0, *piece.valid]
        return scores


def _planes(pictures: Sequence[Image | Floats], mean: Floats) -> Floats:
    """(n, 3, height, width) float32: pictures (height, width, 3) of one size, less the mean."""
    height, width = pictures[0].shape[:2]
    planes = np.empty((len(pictures), 3, height, width), np.float32)
    # Plane by plane: a tenth of the time that cv2.dnn.blobFromImages takes.
    for number, picture in enumerate(pictures):
        for channel, plane in enumerate(cv2.split(picture)):
            np.subtract(plane, mean[channel], out=planes[number, channel])
    return planes


def _batches(shown: Iterable[Patch]) -> list[list[Patch]]:
    """Patches of one size together."""
    by_size: dict[tuple[int, ...], list[Patch]] = {}
    for patch in shown:
        by_size.setdefault(patch.image.shape, []).append(patch)
    return [
        alike[start : start + MOST_PATCHES]
        for alike in by_size.values()
        for start in range(0, len(alike), MOST_PATCHES)
    ]


def _box_in_patch(patch: Patch, row: int, column: int) -> Box:
    """The box in the image of the face that a cell stands for."""
    y, x = (CELL_PIXELS * cell + FIRST_CELL_PIXELS + 0.5 for cell in (row, column))
    half = NATIVE_PIXELS / 2
    return Box(
        round(patch.top + (y - half) / patch.down),
        round(patch.left + (x + half) / patch.across),
        round(patch.top + (y + half) / patch.down),
        round(patch.left + (x - half) / patch.across),
    )


def _box(canvas: Canvas, row: int, column: int, factor: int) -> Box:
    """The box in the image of the face that a cell stands for, its corners where dlib puts them."""
    y, x = (CELL_PIXELS * int(cell) + FIRST_CELL_PIXELS for cell in (row, column))
    level = canvas.level_at(y, x)
    top, left = level.in_image(y - _HALF, x - _HALF)
    bottom, right = level.in_image(y + _HALF, x + _HALF)
    return Box(_pixel(top, factor), _pixel(right, factor) + 1, _pixel(bottom, factor) + 1, _pixel(left, factor))


def _pixel(at: float, factor: int) -> int:
    return int(np.floor(at / factor + 0.5))
