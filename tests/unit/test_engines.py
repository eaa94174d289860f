"""What stands behind the configured engine, and what an admin is told where it cannot."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from recognizer.bootstrap.engine import build_engine
from recognizer.config.configuration import RecognitionConfig
from recognizer.domain.following.detection import Image
from recognizer.errors import ConfigurationError, WeightsError
from recognizer.vision.engines.yunet_detector import YunetDetector
from tests.environment import ROOT
from tests.fixtures.yunet import bright_spot_net


@pytest.fixture
def yunet(tmp_path: Path) -> YunetDetector:
    return YunetDetector(20, bright_spot_net(tmp_path / "spots.onnx"))


LOADED = """
import sys
from recognizer.bootstrap.engine import build_engine
from recognizer.config.configuration import RecognitionConfig
build_engine(RecognitionConfig())
print(*sys.modules)
"""


def test_a_cameras_process_starts_without_libraries_that_it_does_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    assert {"cv2", "onnxruntime"} <= loaded
    assert not loaded & {"sqlalchemy", "onnx", "face_recognition", "pkg_resources", "rich", "matplotlib", "PIL"}


def picture_with_spot(height: int, width: int, top: int, left: int) -> Image:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[top : top + 32, left : left + 32] = 255
    return picture


def test_yunets_boxes_are_made_square_around_the_same_centre(yunet: YunetDetector) -> None:
    (detection,) = yunet.detect(picture_with_spot(200, 300, 64, 128))

    assert detection.confidence == pytest.approx(1.0)
    assert detection.box.width == detection.box.height == pytest.approx(0.9 * 32, abs=1)
    assert detection.box.centre == pytest.approx((144, 80), abs=1)


def test_yunet_shrinks_the_picture_as_far_as_the_smallest_face_allows(tmp_path: Path) -> None:
    detector = YunetDetector(80, bright_spot_net(tmp_path / "spots.onnx"))
    picture = np.repeat(np.repeat(picture_with_spot(128, 256, 32, 64), 4, axis=0), 4, axis=1)

    (detection,) = detector.detect(picture)

    assert detection.box.width == pytest.approx(0.9 * 128, abs=3)
    assert detection.box.centre == pytest.approx((320, 192), abs=3)


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
