from __future__ import annotations

from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from recognizer.domain.following.detection import Detection, Encoding, Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.encoder import OnnxEncoder
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.faces.alignment import Alignment
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.nets.weights import weights_path


@pytest.fixture(scope="module")
def engine() -> OnnxEncoder:
    return OnnxEncoder()


@pytest.fixture(scope="module")
def hog() -> HogDetector:
    return HogDetector(80)


@pytest.fixture(scope="module")
def people(hog: HogDetector, portraits: dict[str, Path]) -> dict[str, tuple[Image, Detection]]:
    images = {name: read_photo(portraits[name]) for name in ("collins", "hopper")}
    return {name: (image, hog.detect(image)[0]) for name, image in images.items()}


def encode(engine: OnnxEncoder, image: Image, detection: Detection) -> Encoding:
    (encoding,) = engine.encode(image, [detection])
    return np.asarray(encoding, np.float32)


def distance(one: Encoding, other: Encoding) -> float:
    return float(np.linalg.norm(one - other))


def test_two_people_lie_apart_as_measured(engine: OnnxEncoder, people: dict[str, tuple[Image, Detection]]) -> None:
    collins, hopper = (encode(engine, *people[name]) for name in ("collins", "hopper"))
    assert collins.shape == (128,)
    assert distance(collins, hopper) == pytest.approx(0.67, abs=0.03)


def test_a_person_in_other_light_and_size_stays_the_same(
    engine: OnnxEncoder, hog: HogDetector, people: dict[str, tuple[Image, Detection]]
) -> None:
    image, detection = people["hopper"]
    other = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) * 0.6, np.uint8)
    (found,) = hog.detect(other)
    assert distance(encode(engine, image, detection), encode(engine, other, found)) < 0.3


def test_a_batch_gives_a_row_for_each_face_in_order(
    engine: OnnxEncoder, people: dict[str, tuple[Image, Detection]]
) -> None:
    image, face = people["collins"]
    elsewhere = Detection(Box(300, 200, 400, 100), 0.1)
    rows = engine.encode(image, [elsewhere, face])
    assert rows.shape == (2, 128)
    assert rows.dtype == np.float32
    assert distance(rows[1], encode(engine, image, face)) < 1e-4
    assert distance(rows[0], rows[1]) > 0.3


def test_no_face_gives_no_row(engine: OnnxEncoder) -> None:
    assert engine.encode(np.zeros((9, 9, 3), np.uint8), []).shape == (0, 128)


def test_a_view_and_a_box_past_the_edge_are_taken(
    engine: OnnxEncoder, people: dict[str, tuple[Image, Detection]]
) -> None:
    image, _ = people["collins"]
    assert engine.encode(image[:, ::-1], [Detection(Box(-40, 60, 60, -40), 1.0)]).shape == (1, 128)


def test_alignment_turns_a_tilted_face_upright(people: dict[str, tuple[Image, Detection]]) -> None:
    image, detection = people["hopper"]
    x, y = detection.box.centre
    tilt = cv2.getRotationMatrix2D((x, y), 12, 1.0)
    tilted = np.asarray(cv2.warpAffine(image, tilt, image.shape[1::-1]), np.uint8)
    alignment = Alignment()
    (upright,), (turned_back,) = alignment.chips(image, [detection]), alignment.chips(tilted, [detection])
    assert upright.shape == turned_back.shape == (150, 150, 3)
    middle = (slice(40, 110), slice(40, 110))
    apart = np.abs(upright[middle].astype(int) - turned_back[middle]).mean()
    tilted_apart = np.abs(image[y_slice(detection)].astype(int) - tilted[y_slice(detection)]).mean()
    assert apart < tilted_apart / 2


def y_slice(detection: Detection) -> tuple[slice, slice]:
    """The middle of the face."""
    x, y = map(round, detection.box.centre)
    return slice(y - 70, y + 70), slice(x - 70, x + 70)


def test_a_chips_encoding_is_dlibs_own_and_a_faces_is_the_mean_of_both_ways_round(
    engine: OnnxEncoder, people: dict[str, tuple[Image, Detection]]
) -> None:
    net = dlib.face_recognition_model_v1(str(weights_path("dlib_face_recognition_resnet_model_v1.dat")))
    for image, detection in people.values():
        (chip,) = Alignment().chips(image, [detection])
        ways = [chip, np.ascontiguousarray(chip[:, ::-1])]
        theirs = np.array([net.compute_face_descriptor(way) for way in ways], np.float32)
        assert np.abs(engine.encode_chips(ways) - theirs).max() <= 1e-5
        assert np.abs(encode(engine, image, detection) - theirs.mean(axis=0)).max() <= 1e-5
