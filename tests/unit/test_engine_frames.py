"""Every engine on frames that cameras give on bad days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer.bootstrap.engine import build_engine
from recognizer.config.configuration import Engine, RecognitionConfig
from recognizer.domain.following.detection import Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.ports.camera import Detector, Encoder
from recognizer.vision.faces.photos import read_photo
from tests.fixtures.patience import few
from tests.fixtures.yunet import bright_spot_net

ENGINES: tuple[Engine, ...] = ("cnn", "hog", "face_recognition", "yunet")

CELL = 128
"""Faces are put at multiples of it, where the stand-in for YuNet's net looks for one."""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[Engine, tuple[Detector, Encoder]]:
    net = bright_spot_net(tmp_path_factory.mktemp("yunet") / "spots.onnx")
    return {name: build_engine(RecognitionConfig(engine=name, yunet_model=net)) for name in ENGINES}


@pytest.fixture(scope="module")
def faces(portraits: dict[str, Path]) -> dict[Engine, Image]:
    """What each engine takes for a face."""
    head = read_photo(portraits["collins"])[:330, 90:400]
    spot = np.full((CELL, CELL, 3), 255, np.uint8)
    return {name: spot if name == "yunet" else head for name in ENGINES}


def frame_with(face: Image, height: int, width: int, top: int, left: int) -> Image:
    frame = np.zeros((height, width, 3), np.uint8)
    frame[top : top + face.shape[0], left : left + face.shape[1]] = face
    return frame


def sweep(frame: Image) -> list[Region]:
    return [Region(Box(0, frame.shape[1], frame.shape[0], 0), 80)]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("size", [(1, 1), (3, 900), (270, 480)])
def test_in_a_black_or_grey_frame_there_is_nobody(
    engines: dict[Engine, tuple[Detector, Encoder]], name: Engine, size: tuple[int, int]
) -> None:
    detector, encoder = engines[name]
    for level in (0, 128):
        frame = np.full((*size, 3), level, np.uint8)
        assert detector.detect(frame) == []
        assert detector.detect(frame, sweep(frame)) == []
        assert encoder.encode(frame, []).shape == (0, 128)


@pytest.mark.parametrize("name", few(ENGINES))
def test_in_an_8k_frame_the_face_is_found_and_encoded(
    engines: dict[Engine, tuple[Detector, Encoder]], faces: dict[Engine, Image], name: Engine
) -> None:
    detector, encoder = engines[name]
    top, left = 20 * CELL, 40 * CELL
    frame = frame_with(faces[name], 4320, 7680, top, left)

    (face,) = detector.detect(frame, sweep(frame))

    assert face.box.intersection(Box(top, left + 330, top + 330, left)) > 0.7 * face.box.area
    assert np.linalg.norm(encoder.encode(frame, [face])) > 0


@pytest.mark.parametrize("name", few(ENGINES))
def test_a_frame_whose_size_changes_is_searched_like_any_other(
    engines: dict[Engine, tuple[Detector, Encoder]], faces: dict[Engine, Image], name: Engine
) -> None:
    detector, _ = engines[name]
    for height, width in [(360, 640), (720, 1280), (360, 480), (640, 360)]:
        frame = frame_with(faces[name], height, width, 0, 0)
        assert len(detector.detect(frame)) == 1
        assert len(detector.detect(frame, sweep(frame))) == 1
