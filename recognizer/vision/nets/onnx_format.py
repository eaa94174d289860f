"""ONNX models as bytes, without the package onnx, whose import takes a tenth of a second and 10 MB.

A model is a protobuf message (onnx/onnx.proto3): fields one after the other, each with its number and kind first. The
numbers below are those of that file. Only what our nets need is written. There are no subgraphs, and a constant is
either the shape of a weight, which is given beside the model, or a few whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FLOAT, UINT8, INT64 = 1, 2, 7
"""TensorProto.DataType"""

_INT, _INTS = 2, 7
"""AttributeProto.AttributeType"""

_IR_VERSION = 9
_OPSET = 17
_EXTERNAL = 1


def node(kind: str, inputs: Sequence[str], output: str, attributes: dict[str, int | Sequence[int]]) -> bytes:
    """A NodeProto with one output."""
    return b"".join(
        [
            *(_text(1, name) for name in inputs),
            _text(2, output),
            _text(4, kind),
            *(_message(5, _attribute(name, value)) for name, value in attributes.items()),
        ]
    )


def weight(name: str, shape: Iterable[int]) -> bytes:
    """A TensorProto of floats that are given beside the model, by that name."""
    location = _text(1, "location") + _text(2, "beside the model")
    dims = b"".join(_number(1, size) for size in shape)
    return dims + _number(2, FLOAT) + _text(8, name) + _message(13, location) + _number(14, _EXTERNAL)


def whole_numbers(name: str, values: Sequence[int]) -> bytes:
    """A TensorProto of one dimension, of int64."""
    raw = b"".join(value.to_bytes(8, "little", signed=True) for value in values)
    return _number(1, len(values)) + _number(2, INT64) + _text(8, name) + _message(9, raw)


def value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    """A ValueInfoProto: an input or output tensor. A size that is not fixed has a name."""
    sizes = [_number(1, size) if isinstance(size, int) else _text(2, size) for size in shape]
    tensor = _number(1, kind) + _message(2, b"".join(_message(1, size) for size in sizes))
    return _text(1, name) + _message(2, _message(1, tensor))


def model(nodes: Iterable[bytes], constants: Iterable[bytes], source: bytes, result: bytes) -> bytes:
    """A ModelProto of one graph with one input and one output."""
    graph = [
        *(_message(1, one) for one in nodes),
        _text(2, "net"),
        *(_message(5, one) for one in constants),
        _message(11, source),
        _message(12, result),
    ]
    opset = _text(1, "") + _number(2, _OPSET)
    return _number(1, _IR_VERSION) + _message(7, b"".join(graph)) + _message(8, opset)


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, _INTS)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit is set where more bytes follow."""
    if number < 0:
        raise ValueError("only numbers from 0 are written")
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)
