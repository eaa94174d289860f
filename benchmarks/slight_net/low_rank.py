"""Low rank: square convolutions as pairs of narrow ones, for less work and nearly the same answers.

A convolution is cut in two, one down the columns and one along the rows, with few channels between them (Jaderberg,
Vedaldi and Zisserman, "Speeding up convolutional neural networks with low rank expansions", 2014). A singular value
decomposition gives the nearest of all such pairs. Near does not mean weights that are alike. It means answers that are
alike for what the layer gets to see (Zhang, Zou, He and Sun, "Accelerating very deep convolutional networks", 2016): a
layer's inputs vary along few of their dimensions, and a loss along the others does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from recognizer.vision.nets.dlib_format import Convolution, Floats
from recognizer.vision.nets.networks import Pair

LEAST_VARIANCE = 0.5
"""The least variance that each dimension of the inputs is taken to have, as a share of the mean of all: what the net
will see may vary where the pictures that it was shown do not."""


def cut_down(layers: Sequence[Convolution], ranks: Mapping[int, int], pictures: Sequence[Floats]) -> dict[int, Pair]:
    """The pairs for the layers of these indices, each with that many channels between.

    Every layer but the last is followed by a rectifier. pictures: each (height, width, 3), less the net's mean; what
    the layers get to see is learned from them.
    """
    inputs = [picture.transpose(2, 0, 1) for picture in pictures]
    pairs = {}
    for index, layer in enumerate(layers[: max(ranks, default=-1) + 1]):
        if index in ranks:
            pairs[index] = _nearest_pair(layer, ranks[index], _second_moments(layer, inputs))
        inputs = [np.maximum(_convolve(layer, shown), 0.0) for shown in inputs]
    return pairs


def composed(pair: Pair) -> Floats:
    """(out, in, height, width) float32: the weights of the one convolution that does what the pair does."""
    columns, rows = pair
    return np.asarray(np.einsum("rih,orw->oihw", columns.weight[..., 0], rows.weight[:, :, 0]), np.float32)


def _nearest_pair(layer: Convolution, rank: int, moments: Floats) -> Pair:
    """moments: the second moments of what the columns of the kernel see, (in * height, in * height)."""
    outputs, inputs, height, width = layer.weight.shape
    root = np.linalg.cholesky(moments)
    matrix = layer.weight.transpose(1, 2, 0, 3).reshape(inputs * height, outputs * width)
    down, strength, along = np.linalg.svd(root.T @ matrix, full_matrices=False)
    scale = np.sqrt(strength[:rank])
    columns = np.linalg.solve(root.T, down[:, :rank] * scale).reshape(inputs, height, rank)
    rows = (scale[:, None] * along[:rank]).reshape(rank, outputs, width)
    return (
        replace(
            layer,
            weight=columns.transpose(2, 0, 1)[..., None].astype(np.float32),
            bias=np.zeros(rank, np.float32),
        ),
        replace(layer, weight=rows.transpose(1, 0, 2)[:, :, None].astype(np.float32)),
    )


def _second_moments(layer: Convolution, inputs: Sequence[Floats]) -> Floats:
    height = layer.weight.shape[2]
    total = np.zeros((layer.weight.shape[1] * height,) * 2, np.float32)
    count = 0
    for shown in inputs:
        windows = np.lib.stride_tricks.sliding_window_view(_padded(layer, shown), height, axis=1)[:, :: layer.stride]
        seen = windows.transpose(0, 3, 1, 2).reshape(len(total), -1)
        total += seen @ seen.T
        count += seen.shape[1]
    total /= count
    total[np.diag_indices_from(total)] += LEAST_VARIANCE * np.trace(total) / len(total)
    return total


def _convolve(layer: Convolution, shown: Floats) -> Floats:
    """(out, rows, columns) float32 for (in, height, width)."""
    windows = np.lib.stride_tricks.sliding_window_view(_padded(layer, shown), layer.weight.shape[2:], axis=(1, 2))
    stepped = windows[:, :: layer.stride, :: layer.stride]
    answers = np.tensordot(layer.weight, stepped, axes=((1, 2, 3), (0, 3, 4))) + layer.bias[:, None, None]
    return cast(Floats, answers.astype(np.float32, copy=False))


def _padded(layer: Convolution, shown: Floats) -> Floats:
    return np.pad(shown, ((0, 0), *[(layer.padding, layer.padding)] * 2))
