"""The encoder in ONNX Runtime beside dlib's own, and beside what this core can multiply at all."""

from __future__ import annotations

import argparse
import itertools
import math

import dlib
import numpy as np
import onnx

from benchmarks.dlib_alone import seconds_of
from benchmarks.measurement import Figures, medians
from benchmarks.portraits import portraits
from recognizer.domain.following.detection import Detection
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.encoder import OnnxEncoder
from recognizer.vision.faces.alignment import Alignment
from recognizer.vision.nets.networks import encoder_model
from recognizer.vision.nets.weights import load_net, weights_path

_MATRIX = 1024
_FACES = 16


def run(arguments: argparse.Namespace) -> Figures:
    """speedup: faces a second, ours by dlib's; max_difference between the encodings; roofline: our rate by sgemm's."""
    images = [*itertools.islice(itertools.cycle(portraits(arguments.portraits)), _FACES)]
    whole = [Detection(Box(0, image.shape[1], image.shape[0], 0), 1.0) for image in images]
    alignment, ours = Alignment(), OnnxEncoder()
    weights = weights_path("dlib_face_recognition_resnet_model_v1.dat")
    theirs = dlib.face_recognition_model_v1(str(weights))
    chips = [alignment.chips(image, [face])[0] for image, face in zip(images, whole, strict=True)]
    matrix = np.random.default_rng(0).random((_MATRIX, _MATRIX), np.float32)
    our_seconds, their_seconds, sgemm_seconds = medians(
        [lambda: ours.encode_chips(chips), lambda: theirs.compute_face_descriptor(chips), lambda: matrix @ matrix],
        arguments.runs,
    )
    difference = np.abs(ours.encode_chips(chips) - np.asarray(theirs.compute_face_descriptor(chips))).max()
    rate = _operations_a_face() * len(chips) / our_seconds
    figures = {
        "speedup": their_seconds / our_seconds,
        "max_difference": float(difference),
        "roofline": rate / (2 * _MATRIX**3 / sgemm_seconds),
        "milliseconds_a_face": 1000 * our_seconds / len(chips),
        "peer_milliseconds_a_face": 1000 * their_seconds / len(chips),
    }
    if arguments.dlib:
        built = seconds_of(arguments.dlib, "encoder", weights, np.stack(chips), arguments.runs)
        figures["source_speedup"] = built / our_seconds
    return figures


def _operations_a_face() -> int:
    """Multiplications and additions of the graph's convolutions on one chip, those with a padding's zeros included."""
    graph = onnx.shape_inference.infer_shapes(
        onnx.load_from_string(encoder_model(load_net("dlib_face_recognition_resnet_model_v1.dat")).graph)
    ).graph
    weights = {constant.name: tuple(constant.dims) for constant in graph.initializer}
    shapes = {value.name: [size.dim_value for size in value.type.tensor_type.shape.dim] for value in graph.value_info}
    return sum(
        2 * math.prod(weights[node.input[1]]) * math.prod(shapes[node.output[0]][2:])
        for node in graph.node
        if node.op_type == "Conv"
    )
