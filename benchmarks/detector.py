"""dlib's CNN detector in ONNX Runtime beside dlib's own, on pictures of 1920 x 1080, smallest face 80 pixels."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import dlib
import numpy as np

from benchmarks.dlib_alone import seconds_of
from benchmarks.measurement import Figures
from benchmarks.portraits import crowd, portraits
from recognizer.domain.following.detection import Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.cnn_detector import CnnDetector
from recognizer.vision.engines.hog_detector import NATIVE_PIXELS
from recognizer.vision.nets.weights import weights_path

HEIGHT, WIDTH = 1080, 1920
PICTURES = 3
"""dlib takes a quarter of a minute for one."""

SAME_FACE, SAME_BOX = 0.5, 0.9
"""IoU: the first, when a face is the same in boxes whose sizes come in other steps; the second, when the box is too."""


def run(arguments: argparse.Namespace) -> Figures:
    """speedup: dlib's time by that of a sweep, the search of a whole frame as a camera does it.

    recall: of dlib's faces, the share that the sweep finds. Figures of ``exact_`` are of the search that gives dlib's
    own boxes; ``same_boxes`` is the share of dlib's boxes that it gives.
    """
    images = portraits(arguments.portraits)
    pictures = [crowd(images, HEIGHT, WIDTH, seed) for seed in range(PICTURES)]
    ours = CnnDetector(NATIVE_PIXELS)
    theirs = dlib.cnn_face_detection_model_v1(str(weights_path("mmod_human_face_detector.dat")))
    whole = [Region(Box(0, WIDTH, HEIGHT, 0), NATIVE_PIXELS)]

    def sweep(picture: Image) -> list[Box]:
        return [found.box for found in ours.detect(picture, whole)]

    def search(picture: Image) -> list[Box]:
        return [found.box for found in ours.detect(picture)]

    def dlibs(picture: Image) -> list[Box]:
        rectangles = [face.rect for face in theirs(picture, 0)]
        return [Box(r.top(), r.right() + 1, r.bottom() + 1, r.left()) for r in rectangles]

    sweep(pictures[0]), search(pictures[0])
    swept, searched, expected = [], [], []
    for picture in pictures:
        swept.append(_timed(sweep, picture, arguments.runs))
        searched.append(_timed(search, picture, 1))
        expected.append(_timed(dlibs, picture, 1))
    seconds, exact_seconds, peer_seconds = (_median(taken) for taken in (swept, searched, expected))
    figures = {
        "speedup": peer_seconds / seconds,
        "recall": recall(_boxes(swept), _boxes(expected), SAME_FACE),
        "exact_speedup": peer_seconds / exact_seconds,
        "same_boxes": recall(_boxes(searched), _boxes(expected), SAME_BOX),
        "faces": sum(map(len, _boxes(swept))),
        "peer_faces": sum(map(len, _boxes(expected))),
        "seconds": seconds,
        "exact_seconds": exact_seconds,
        "peer_seconds": peer_seconds,
    }
    if arguments.dlib:
        weights = weights_path("mmod_human_face_detector.dat")
        built = seconds_of(arguments.dlib, "detector", weights, np.stack(pictures[:1]), 1)
        figures["source_speedup"] = built / seconds
    return figures


def recall(found: Sequence[Sequence[Box]], expected: Sequence[Sequence[Box]], least_iou: float) -> float:
    """Of the boxes expected in each picture, the share that one found there overlaps by that IoU; 1 without any."""
    hits = [
        any(box.iou(other) >= least_iou for other in there)
        for there, wanted in zip(found, expected, strict=True)
        for box in wanted
    ]
    return sum(hits) / len(hits) if hits else 1.0


_Timed = tuple[float, list[Box]]


def _timed(find: Callable[[Image], list[Box]], picture: Image, runs: int) -> _Timed:
    """The median of the CPU seconds, and what was found."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        boxes = find(picture)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), boxes


def _median(taken: Sequence[_Timed]) -> float:
    return statistics.median(seconds for seconds, _ in taken)


def _boxes(taken: Sequence[_Timed]) -> list[list[Box]]:
    return [boxes for _, boxes in taken]
