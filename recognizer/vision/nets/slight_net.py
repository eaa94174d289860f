"""The slight net: pairs of narrow convolutions that take the place of five of the detector's square ones.

They were computed once and are kept in a data file beside this module. README.md there says where they come from, and
``python -m benchmarks.slight_net`` makes the file again.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from recognizer.vision.nets.dlib_format import Convolution
from recognizer.vision.nets.networks import Pair
from recognizer.vision.nets.weights import WeightsName, shipped_file

CUT_FROM: WeightsName = "mmod_human_face_detector.dat"
"""The net that it is made from. The layers that are not in the data file are this one's."""

PATH = Path(__file__).with_name("slight_net.npz")
"""In the repository, in an installed package and in the bundle alike. 207 kB."""

SHA256 = "ac04abdd0844331558192e420b7c46303f45935527348156f9816d0c16f55d0f"

PARTS = ("columns", "rows")
"""The convolutions of a pair, in their order: one down the columns of the kernel, and one along its rows."""


def weight_name(index: int, part: str) -> str:
    """The name in the data file of the weights of one part of a layer's pair."""
    return f"{part}_{index}"


def load_pairs(layers: Sequence[Convolution]) -> dict[int, Pair]:
    """By the index of the layer, the pair that takes its place.

    layers: the detector's, whose biases, strides and padding the pairs keep. Raises WeightsError when the file is
    missing, or is not the one that this release was made with.
    """
    with np.load(io.BytesIO(shipped_file(PATH, SHA256)), allow_pickle=False) as file:
        weights = {name: file[name] for name in file.files}
    return {
        index: (
            replace(layer, weight=weights[columns], bias=np.zeros(len(weights[columns]), np.float32)),
            replace(layer, weight=weights[weight_name(index, "rows")]),
        )
        for index, layer in enumerate(layers)
        if (columns := weight_name(index, "columns")) in weights
    }
