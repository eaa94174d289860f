from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.domain.following.detection import Detection, Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.cnn_detector import CnnDetector
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.faces.alignment import Alignment
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.faces.quality import FRAME_SHARPNESS, PHOTO_SHARPNESS, CropQualityGate, frontality

Face = tuple[Image, Detection]


@pytest.fixture(scope="module")
def faces(portraits: dict[str, Path]) -> dict[str, Face]:
    """Each enrolled person's portrait with the face in it."""
    detector = HogDetector(80)
    images = {name: read_photo(portraits[name]) for name in ("collins", "hopper")}
    return {name: (image, detector.detect(image)[0]) for name, image in images.items()}


@pytest.fixture(params=["collins", "hopper"])
def face(request: pytest.FixtureRequest, faces: dict[str, Face]) -> Face:
    return faces[request.param]


def blurred(face: Face, chip_sigma: float) -> Image:
    """The portrait blurred by so many pixels of the 150-pixel chip, in which a face is 100 wide."""
    image, detection = face
    return np.asarray(cv2.GaussianBlur(image, (0, 0), chip_sigma * detection.box.width / 100), np.uint8)


def test_a_good_portrait_passes(face: Face) -> None:
    quality = CropQualityGate().assess(*face)
    assert quality.is_good
    assert 0.5 < quality.score <= 1.0


def test_a_portrait_out_of_focus_is_too_blurred(face: Face) -> None:
    for gate in (CropQualityGate(), CropQualityGate(least_sharpness=FRAME_SHARPNESS)):
        assert gate.assess(blurred(face, 6.0), face[1]).refusal == "too blurred"


def test_a_reference_must_be_sharper_than_a_frame(face: Face) -> None:
    def first_refused(least_sharpness: float) -> float:
        gate = CropQualityGate(least_sharpness=least_sharpness)
        return next(sigma / 4 for sigma in range(4, 24) if not gate.assess(blurred(face, sigma / 4), face[1]).is_good)

    assert first_refused(PHOTO_SHARPNESS) < first_refused(FRAME_SHARPNESS)


def test_blur_is_judged_alike_in_large_and_small_pictures(face: Face) -> None:
    box = face[1].box
    for scale in (1.0, 3.0):
        larger = cv2.resize(blurred(face, 6.0), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        where = Box(*(round(side * scale) for side in (box.top, box.right, box.bottom, box.left)))
        quality = CropQualityGate().assess(np.asarray(larger, np.uint8), Detection(where, 1.0))
        assert quality.refusal == "too blurred"


def test_sharper_and_larger_faces_score_higher(face: Face) -> None:
    image, detection = face
    gate = CropQualityGate(smallest_face_pixels=20, least_sharpness=0.0)
    smaller = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    box = detection.box
    half = Detection(Box(box.top // 2, box.right // 2, box.bottom // 2, box.left // 2), 1.0)
    assert gate.assess(image, detection).score > gate.assess(smaller, half).score
    assert gate.assess(image, detection).score > gate.assess(blurred(face, 3.0), detection).score


def test_a_small_face_is_refused_and_one_at_the_limit_has_the_benefit_of_the_detectors_steps(face: Face) -> None:
    def shown(pixels: int) -> Face:
        """The portrait with a face of that width."""
        image, box = face[0], face[1].box
        scaled = cv2.resize(image, None, fx=pixels / box.width, fy=pixels / box.width, interpolation=cv2.INTER_AREA)
        top, left = (round(side * pixels / box.width) for side in (box.top, box.left))
        return np.asarray(scaled, np.uint8), Detection(Box(top, left + pixels, top + pixels, left), 1.0)

    assert CropQualityGate(80).assess(*shown(60)).refusal == "too small"
    assert CropQualityGate(80).assess(*shown(73)).is_good
    assert CropQualityGate(40).assess(*shown(60)).is_good


@pytest.mark.parametrize(("gain", "refusal"), [(0.1, "too dark"), (6.0, "too bright"), (0.5, None)])
def test_light_is_judged_apart_from_sharpness(face: Face, gain: float, refusal: str | None) -> None:
    image, detection = face
    lit = np.clip(image * gain, 0, 255).astype(np.uint8)
    assert CropQualityGate().assess(lit, detection).refusal == refusal


def test_a_face_cut_off_by_the_edge_is_refused(face: Face) -> None:
    image, detection = face
    half = np.ascontiguousarray(image[:, round(detection.box.centre[0]) :])
    moved = Detection(detection.box.moved(-round(detection.box.centre[0]), 0), 1.0)
    assert CropQualityGate().assess(half, moved).refusal == "cut off by the edge"


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_rotten_grey_picture_is_refused_whatever_was_detected_in_it(level: int) -> None:
    image = np.full((200, 200, 3), level, np.uint8)
    for box in (Box(0, 150, 150, 0), Box(-90, 90, 90, -90), Box(500, 700, 700, 500), Box(9, 9, 9, 9)):
        assert not CropQualityGate().assess(image, Detection(box, 1.0)).is_good


def test_a_face_in_profile_is_worth_much_less_than_it_would_be_from_the_front(portraits: dict[str, Path]) -> None:
    image = read_photo(portraits["photographer"])
    (detection,) = CnnDetector(40).detect(image)
    for picture, found, least, most in ((image, detection, 0.0, 0.5), (*_first(portraits["hopper"]), 0.8, 1.0)):
        blind = CropQualityGate(20, 0.0).assess(picture, found).score
        seeing = CropQualityGate(20, 0.0, Alignment()).assess(picture, found).score
        assert least <= seeing / blind <= most


def _first(path: Path) -> Face:
    image = read_photo(path)
    return image, HogDetector(80).detect(image)[0]


def test_landmarks_far_off_the_middle_make_a_face_turned_away() -> None:
    def with_nose(x: float, y: float) -> float:
        return frontality(np.array([(80, 40), (60, 40), (20, 40), (40, 40), (x, y)], np.float64))

    straight = with_nose(50, 72)
    assert straight == pytest.approx(1.0)
    assert straight > with_nose(55, 72) > with_nose(60, 72) > with_nose(70, 72) == 0.0
    assert with_nose(50, 50) == with_nose(50, 100) == 0.0, "looking up to the ceiling, or down at the table"


def hazy(face: Face, share: float) -> Image:
    """The portrait with that share of its contrast, as haze, back light or an infrared camera leave it."""
    grey = 128 + (face[0].astype(np.float64) - 128) * share
    return np.asarray(grey.round(), np.uint8)


@pytest.mark.parametrize("least_sharpness", [PHOTO_SHARPNESS, FRAME_SHARPNESS])
@pytest.mark.parametrize(("share", "refusal"), [(0.5, None), (0.25, None), (0.1, "too little contrast")])
def test_low_contrast_is_not_called_blur(face: Face, share: float, refusal: str | None, least_sharpness: float) -> None:
    gate = CropQualityGate(least_sharpness=least_sharpness)
    quality = gate.assess(hazy(face, share), face[1])
    assert quality.refusal == refusal
    assert quality.score <= gate.assess(*face).score


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_blur_in_haze_is_still_blur(face: Face, share: float) -> None:
    image = np.asarray(cv2.GaussianBlur(hazy(face, share), (0, 0), 0.06 * face[1].box.width), np.uint8)
    for gate in (CropQualityGate(), CropQualityGate(least_sharpness=FRAME_SHARPNESS)):
        assert gate.assess(image, face[1]).refusal == "too blurred"


@pytest.mark.parametrize("share", [0.5, 0.25])
@pytest.mark.parametrize("chip_sigma", [1.25, 1.75])
def test_what_is_sharp_enough_is_never_called_blurred_for_want_of_contrast(
    face: Face, chip_sigma: float, share: float
) -> None:
    """A lens that is a little soft leaves a photo that passes; in haze it may lack contrast, and no sharpness."""
    soft = blurred(face, chip_sigma), face[1]
    assert CropQualityGate().assess(*soft).is_good
    assert CropQualityGate().assess(hazy(soft, share), face[1]).refusal in (None, "too little contrast")
