"""dlib's CNN detector in ONNX Runtime beside dlib's own, on a picture of 1920 x 1080, smallest face 80 pixels."""

from __future__ import annotations

import argparse

import dlib

from benchmarks.measurement import Figures, medians
from benchmarks.portraits import crowd, portraits
from recognizer.domain.geometry import Box
from recognizer.vision.cnn_detector import CnnDetector
from recognizer.vision.detector import NATIVE_PIXELS
from recognizer.vision.weights import weights_path

_PEER_RUNS = 1
"""dlib takes a quarter of a minute for one picture."""


def run(arguments: argparse.Namespace) -> Figures:
    """speedup: pictures a second, ours by dlib's; faces found by both (IoU of 0.9 and more), and by either."""
    picture = crowd(portraits(arguments.portraits), 1080, 1920, seed=0)
    ours = CnnDetector(NATIVE_PIXELS)
    theirs = dlib.cnn_face_detection_model_v1(str(weights_path("mmod_human_face_detector.dat")))
    (our_seconds,) = medians([lambda: ours.detect(picture)], arguments.runs)
    (their_seconds,) = medians([lambda: theirs(picture, 0)], _PEER_RUNS)
    found = [detection.box for detection in ours.detect(picture)]
    expected = [
        Box(face.rect.top(), face.rect.right() + 1, face.rect.bottom() + 1, face.rect.left())
        for face in theirs(picture, 0)
    ]
    same = sum(any(box.iou(other) >= 0.9 for other in found) for box in expected)
    return {
        "speedup": their_seconds / our_seconds,
        "faces": len(found),
        "peer_faces": len(expected),
        "same_faces": same,
        "seconds": our_seconds,
        "peer_seconds": their_seconds,
    }
