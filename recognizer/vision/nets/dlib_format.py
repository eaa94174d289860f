"""dlib's serialised nets: the convolutions in a ``.dat`` file, each with the layers after it folded in.

The format was read from dlib's own sources (dlib/serialize.h, dlib/dnn/layers.h, dlib/dnn/tensor.h): an integer is a
control byte (low four bits: how many bytes follow, top bit: negative) and that many little-endian bytes; a tensor is
the version 2, its four sizes and little-endian float32 values; every layer begins with its tag, a length-prefixed text.
The layer nearest the input comes first in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TAGS = re.compile(rb"\x05con_4|\x07affine_|\x07bn_con2|\x04fc_2")
_TENSOR_VERSION = 2
_BATCH_NORM_EPSILON = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """weight: (out, in, height, width); bias: (out,); stride and padding in pixels, the same down and across."""

    weight: Floats
    bias: Floats
    stride: int
    padding: int

    def scaled(self, scale: Floats, shift: Floats) -> Convolution:
        """The same, followed by ``y * scale + shift`` for each output channel."""
        return replace(
            self, weight=(self.weight * scale[:, None, None, None]).astype(np.float32), bias=self.bias * scale + shift
        )

    def on_raw_pixels(self, mean: Floats, divisor: float) -> Convolution:
        """The same for inputs not yet normalised by ``(x - mean) / divisor``; exact only without padding."""
        if self.padding:
            raise ValueError("padding would be normalised too")
        weight = (self.weight / divisor).astype(np.float32)
        bias = self.bias - np.einsum("oihw,i->o", weight.astype(np.float64), mean.astype(np.float64))
        return replace(self, weight=weight, bias=bias.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class DlibNet:
    """Convolutions from the input to the output; ``projection`` is the (in, out) matrix of a last dense layer."""

    convolutions: tuple[Convolution, ...]
    projection: Floats | None


def read_net(data: bytes) -> DlibNet:
    """The net in the bytes of a ``.dat`` file. Raises ValueError for other bytes."""
    convolutions: list[Convolution] = []
    projection: Floats | None = None
    at = 0
    while tag := _TAGS.search(data, at):
        reader = _Reader(data, tag.end())
        name = tag.group()[1:]
        if name == b"con_4":
            convolutions.append(_convolution(reader))
        elif name == b"fc_2":
            outputs, inputs = reader.integers(2)
            projection = reader.tensor().reshape(inputs, outputs)
        else:
            scale, shift = _affine(reader) if name == b"affine_" else _batch_norm(reader)
            convolutions[-1] = convolutions[-1].scaled(scale, shift)
        # The search goes on after the numbers, which are nearly all of the file.
        at = reader.at
    if not convolutions:
        raise ValueError("not a net in dlib's format: it has no convolution")
    return DlibNet(tuple(convolutions), projection)


def _convolution(reader: _Reader) -> Convolution:
    flat = reader.tensor()
    filters, height, width, stride, _, padding, _ = reader.integers(7)
    return Convolution(flat[:-filters].reshape(filters, -1, height, width), flat[-filters:], stride, padding)


def _affine(reader: _Reader) -> tuple[Floats, Floats]:
    scale, shift = np.split(reader.tensor(), 2)
    return scale, shift


def _batch_norm(reader: _Reader) -> tuple[Floats, Floats]:
    gamma, beta = np.split(reader.tensor(), 2)
    reader.integers(10)  # the shapes of gamma and beta
    reader.tensor()  # means of the last batch
    reader.tensor()  # and its inverse deviations
    mean, variance = reader.tensor(), reader.tensor()
    scale = gamma / np.sqrt(variance + _BATCH_NORM_EPSILON)
    return scale, beta - scale * mean


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at

    def integers(self, count: int) -> list[int]:
        return list(self._integers(count))

    def tensor(self) -> Floats:
        version, *sizes = self.integers(5)
        if version != _TENSOR_VERSION:
            raise ValueError(f"tensor version {version}, expected {_TENSOR_VERSION}")
        length = int(np.prod(sizes))
        values = np.frombuffer(self._data, "<f4", length, self.at).astype(np.float32)
        self.at += 4 * length
        return values

    def _integers(self, count: int) -> Iterator[int]:
        for _ in range(count):
            control = self._data[self.at]
            length = control & 0x0F
            value = int.from_bytes(self._data[self.at + 1 : self.at + 1 + length], "little")
            self.at += 1 + length
            yield -value if control & 0x80 else value
