"""Make recognizer/vision/nets/slight_net.npz anew from dlib's weights, or check that it is what they give.

    python -m benchmarks.slight_net            # or: make net
    python -m benchmarks.slight_net --check

It takes a second. The linear algebra of another machine may round a weight differently, so another machine may write a
file with another SHA-256 that gives the same answers; ``--check`` compares the weights, not the bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from collections.abc import Mapping

import numpy as np

from benchmarks.slight_net.dead_leaves import dead_leaves
from benchmarks.slight_net.low_rank import composed, cut_down
from recognizer.vision.nets import slight_net
from recognizer.vision.nets.networks import MEAN_RGB, Pair, detector_layers
from recognizer.vision.nets.weights import load_net

RANKS = {1: 16, 2: 32, 3: 40, 4: 32, 5: 16}
"""The convolutions that are cut down, and to which rank; docs/recognition.md, "The slight net", has what they cost."""

PICTURES, PICTURE_PIXELS = 6, 256
"""What the layers' inputs are learned from. More pictures tell no more."""

SAME_WEIGHTS = 1e-4
"""Two kernels are the same up to this difference, as a share of the largest weight: linear algebra rounds."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slight_net", description="Make the slight net.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the file holds other weights")
    arguments = parser.parse_args()
    pairs = made_pairs()
    if arguments.check:
        worst = largest_difference(pairs, slight_net.load_pairs(detector_layers(load_net(slight_net.CUT_FROM))))
        print(f"The largest difference is {worst:.1e} of the largest weight; up to {SAME_WEIGHTS:g} is rounding.")
        sys.exit(worst > SAME_WEIGHTS)
    content = packed(pairs)
    slight_net.PATH.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    print(f"Wrote {slight_net.PATH} ({len(content)} bytes), SHA-256 {digest}.")
    if digest != slight_net.SHA256:
        print("It is another file than before: write this SHA-256 into recognizer/vision/nets/slight_net.py.")


def made_pairs() -> dict[int, Pair]:
    """The pairs computed from dlib's weights."""
    pictures = [picture - MEAN_RGB for picture in dead_leaves(PICTURES, PICTURE_PIXELS)]
    return cut_down(detector_layers(load_net(slight_net.CUT_FROM)), RANKS, pictures)


def packed(pairs: Mapping[int, Pair]) -> bytes:
    """The file's bytes: the weights of each pair in float32; biases, strides and padding are the whole layer's."""
    weights = {
        slight_net.weight_name(index, part): convolution.weight
        for index, pair in pairs.items()
        for part, convolution in zip(slight_net.PARTS, pair, strict=True)
    }
    content = io.BytesIO()
    np.savez(content, **weights)  # type: ignore[arg-type]
    return content.getvalue()


def largest_difference(pairs: Mapping[int, Pair], others: Mapping[int, Pair]) -> float:
    """How far the pairs' kernels differ at the most, as a share of the largest weight; infinite for other layers.

    The kernels are compared that the pairs make together, for a pair may be turned around without changing them.
    """
    if pairs.keys() != others.keys():
        return float("inf")
    return max(
        float(np.abs(composed(pairs[index]) - composed(others[index])).max() / np.abs(composed(pairs[index])).max())
        for index in pairs
    )


if __name__ == "__main__":
    main()
