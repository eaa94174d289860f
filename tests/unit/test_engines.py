"""What stands behind the configured engine, and what an admin is told where it cannot."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from recognizer.bootstrap import build_engine
from recognizer.config import RecognitionConfig
from recognizer.domain.detection import Image
from recognizer.errors import ConfigurationError, WeightsError
from recognizer.vision.yunet_detector import YunetDetector


def bright_spot_net(path: Path) -> Path:
    """A file with YuNet's inputs and outputs that takes every bright cell of 32 pixels for a face as large as it."""
    nodes, outputs = [], []
    for stride in (8, 16, 32):
        grey, flat = f"grey_{stride}", f"flat_{stride}"
        nodes += [
            helper.make_node(
                "AveragePool", ["input"], [f"pool_{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2
            ),
            helper.make_node("ReduceMean", [f"pool_{stride}"], [grey], axes=[1], keepdims=1),
            helper.make_node("Reshape", [grey, "column"], [flat]),
            helper.make_node("Mul", [flat, "to_one" if stride == 32 else "to_none"], [f"cls_{stride}"]),
            helper.make_node("Identity", [f"cls_{stride}"], [f"obj_{stride}"]),
            helper.make_node("Mul", [flat, "four_noughts"], [f"bbox_{stride}"]),
            helper.make_node("Mul", [flat, "ten_noughts"], [f"kps_{stride}"]),
        ]
        outputs += [(f"{kind}_{stride}", n) for kind, n in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))]
    constants = [
        helper.make_tensor("column", TensorProto.INT64, [3], [1, -1, 1]),
        helper.make_tensor("to_one", TensorProto.FLOAT, [1], [1 / 255]),
        helper.make_tensor("to_none", TensorProto.FLOAT, [1], [0.0]),
        helper.make_tensor("four_noughts", TensorProto.FLOAT, [4], [0.0] * 4),
        helper.make_tensor("ten_noughts", TensorProto.FLOAT, [10], [0.0] * 10),
    ]
    graph = helper.make_graph(
        nodes,
        "bright_spots",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "cells", n]) for name, n in outputs],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def yunet(tmp_path: Path) -> YunetDetector:
    return YunetDetector(20, bright_spot_net(tmp_path / "spots.onnx"))


def picture_with_spot(height: int, width: int, top: int, left: int) -> Image:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[top : top + 32, left : left + 32] = 255
    return picture


def test_yunets_boxes_are_made_square_around_the_same_centre(yunet: YunetDetector) -> None:
    (detection,) = yunet.detect(picture_with_spot(200, 300, 64, 128))

    assert detection.confidence == pytest.approx(1.0)
    assert detection.box.width == detection.box.height == pytest.approx(0.9 * 32, abs=1)
    assert detection.box.centre == pytest.approx((128, 64), abs=1)


def test_yunet_shrinks_the_picture_as_far_as_the_smallest_face_allows(tmp_path: Path) -> None:
    detector = YunetDetector(80, bright_spot_net(tmp_path / "spots.onnx"))
    picture = np.repeat(np.repeat(picture_with_spot(128, 256, 32, 64), 4, axis=0), 4, axis=1)

    (detection,) = detector.detect(picture)

    assert detection.box.width == pytest.approx(0.9 * 128, abs=3)
    assert detection.box.centre == pytest.approx((256, 128), abs=3)


def test_yunet_follows_a_frame_whose_size_changes(yunet: YunetDetector) -> None:
    for height, width in [(64, 64), (200, 300), (1, 1), (96, 64)]:
        assert yunet.detect(np.zeros((height, width, 3), np.uint8)) == []
        if height >= 64:
            assert len(yunet.detect(picture_with_spot(height, width, 32, 32))) == 1


def test_without_yunets_model_the_error_names_the_file_and_the_key(tmp_path: Path) -> None:
    settings = RecognitionConfig(engine="yunet", yunet_model=tmp_path / "none.onnx")

    with pytest.raises(WeightsError, match=r"recognition\.yunet_model is .*none\.onnx, which is not a file"):
        build_engine(settings)


def test_a_file_that_is_not_yunets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no net")
    shape = [1, 3, "height", "width"]
    same, same_again = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("input", "output"))
    graph = helper.make_graph([helper.make_node("Relu", ["input"], ["output"])], "another", [same], [same_again])
    (tmp_path / "another.onnx").write_bytes(helper.make_model(graph, ir_version=8).SerializeToString())

    for name in ("text.onnx", "another.onnx"):
        with pytest.raises(WeightsError, match=r"yunet_model is .*\.onnx, which FaceDetectorYN of OpenCV"):
            YunetDetector(80, tmp_path / name)


@pytest.mark.parametrize("missing", ["face_recognition", "pkg_resources"])
def test_where_face_recognition_cannot_be_imported_the_error_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find_spec(name))

    with pytest.raises(ConfigurationError, match=f'there is no {missing} here: install .*"setuptools<81"'):
        build_engine(RecognitionConfig(engine="face_recognition"))
