"""The nets as models that others can read too."""

from __future__ import annotations

import onnx
import pytest
from onnx import numpy_helper

from recognizer.vision.nets import onnx_format
from recognizer.vision.nets.networks import Model, detector_layers, detector_model, encoder_model
from recognizer.vision.nets.weights import load_net


def whole(model: Model) -> onnx.ModelProto:
    """The model as a file would hold it, with its weights."""
    read = onnx.load_from_string(model.graph)
    for constant in read.graph.initializer:
        if constant.name in model.weights:
            values = model.weights[constant.name]
            assert list(constant.dims) == list(values.shape)
            constant.CopyFrom(numpy_helper.from_array(values, constant.name))
    return read


def test_the_encoder_is_a_well_formed_model_from_chips_to_encodings() -> None:
    read = whole(encoder_model(load_net("dlib_face_recognition_resnet_model_v1.dat")))

    onnx.checker.check_model(read, full_check=True)
    assert [one.name for one in read.graph.input] == ["chips"]
    assert [size.dim_value for size in read.graph.output[0].type.tensor_type.shape.dim] == [0, 128]


def test_the_detector_is_a_well_formed_model() -> None:
    layers = detector_layers(load_net("mmod_human_face_detector.dat"))

    onnx.checker.check_model(whole(detector_model(layers)), full_check=True)


def test_a_negative_number_is_not_written_wrong() -> None:
    with pytest.raises(ValueError, match="from 0"):
        onnx_format.node("Transpose", ["x"], "y", {"perm": [-1]})
    assert onnx.load_from_string(
        onnx_format.model([], [onnx_format.whole_numbers("n", [-3, 300])], b"", b"")
    ).graph.initializer[0].raw_data == (-3).to_bytes(8, "little", signed=True) + (300).to_bytes(8, "little")
