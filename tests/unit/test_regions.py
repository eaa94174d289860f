from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.domain.following.detection import Detection, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines.cnn_detector import CnnDetector
from recognizer.vision.engines.hog_detector import HogDetector
from recognizer.vision.engines.patches import EDGE, NARROWEST, WIDEST, patches
from recognizer.vision.engines.regions import detect_in_regions, surest
from recognizer.vision.faces.photos import read_photo


def blank(height: int, width: int) -> Image:
    return np.zeros((height, width, 3), np.uint8)


def whole(image: Image) -> Box:
    return Box(0, image.shape[1], image.shape[0], 0)


def around(box: Box, smallest: float, largest: float) -> Region:
    return Region(box.widened(0.5, 0.5, 0.5), smallest, largest)


@pytest.fixture(scope="module")
def wall(portraits: dict[str, Path]) -> Image:
    """A grey wall of 1280 x 720 with two heads on it, their faces some 108 and 76 pixels wide."""
    image = np.full((720, 1280, 3), 128, np.uint8)
    for name, factor, (top, left) in (("hopper", 0.5, (100, 100)), ("collins", 0.7, (300, 800))):
        head = read_photo(portraits[name])[:400, 80:420]
        small = cv2.resize(head, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


@pytest.fixture(scope="module")
def cnn() -> CnnDetector:
    return CnnDetector(80)


def test_a_sweep_finds_the_faces_that_dlibs_own_pyramid_finds(cnn: CnnDetector, wall: Image) -> None:
    exactly = cnn.detect(wall)
    swept = cnn.detect(wall, [Region(whole(wall), 70)])
    assert len(exactly) == len(swept) == 2
    for face in exactly:
        assert max(face.box.iou(other.box) for other in swept) > 0.6


@pytest.mark.parametrize("engine", ["cnn", "hog"])
def test_a_face_is_found_in_its_region_and_not_in_anothers(engine: str, cnn: CnnDetector, wall: Image) -> None:
    detector = cnn if engine == "cnn" else HogDetector(80)
    face = max((one.box for one in detector.detect(wall)), key=lambda box: box.width)
    (found,) = detector.detect(wall, [around(face, 0.86 * face.width, 1.15 * face.width)])
    assert found.box.iou(face) > 0.6
    empty = Box(400, 600, 600, 400)
    assert detector.detect(wall, [around(empty, 80, 100)]) == []


def test_a_face_in_two_regions_is_found_once(cnn: CnnDetector, wall: Image) -> None:
    face = cnn.detect(wall)[0].box
    shifted = face.moved(15, 10)
    regions = [around(box, 0.86 * face.width, 1.15 * face.width) for box in (face, shifted)]
    assert len(cnn.detect(wall, [*regions, Region(whole(wall), 0.8 * face.width)])) >= 1
    assert len(cnn.detect(wall, regions)) == 1


def test_a_small_face_is_found_where_small_ones_are_looked_for(cnn: CnnDetector, wall: Image) -> None:
    half = np.asarray(cv2.resize(wall, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), np.uint8)
    assert cnn.detect(half, [Region(whole(half), 100)]) == []
    assert len(cnn.detect(half, [Region(whole(half), 40)])) == 2


def test_a_face_at_the_very_edge_is_looked_for_past_it(cnn: CnnDetector, wall: Image) -> None:
    face = max((one.box for one in cnn.detect(wall)), key=lambda box: box.width)
    cut = np.ascontiguousarray(wall[:, face.left :])
    at_edge = face.moved(-face.left, 0)
    (found,) = cnn.detect(cut, [around(at_edge, 0.86 * face.width, 1.15 * face.width)])
    assert found.box.iou(at_edge) > 0.6


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (40, 40), (300, 200)])
@pytest.mark.parametrize("engine", ["cnn", "hog"])
def test_in_a_rotten_frame_no_region_holds_a_face(engine: str, cnn: CnnDetector, size: tuple[int, int]) -> None:
    detector = cnn if engine == "cnn" else HogDetector(80)
    image = np.full((*size, 3), 128, np.uint8)
    outside = Box(5000, 5200, 5200, 5000)
    regions = [Region(whole(image), 80), Region(whole(image), 50, 80), around(outside, 80, 100)]
    assert detector.detect(image, regions) == []


@settings(max_examples=50)
@given(st.integers(200, 800), st.integers(200, 800), st.floats(20, 150), st.floats(0, 1))
def test_every_width_looked_for_is_shown_to_the_net_at_one_that_it_knows(
    height: int, width: int, smallest: float, share: float
) -> None:
    image = blank(height, width)
    face = smallest + share * max(0.0, min(height, width) - smallest)
    shown = [face * patch.across for patch in patches(image, Region(whole(image), smallest))]
    assert any(0.97 * NARROWEST <= pixels <= 1.03 * WIDEST for pixels in shown)


@settings(max_examples=50)
@given(st.integers(-300, 900), st.integers(-300, 900), st.floats(20, 400), st.floats(1, 2))
def test_patches_tell_where_they_were_cut_out(left: int, top: int, smallest: float, growth: float) -> None:
    image = blank(600, 800)
    side = round(2 * smallest)
    region = Region(Box(top, left + side, top + side, left), smallest, growth * smallest)
    is_framed = growth * NARROWEST <= WIDEST
    box = region.box if is_framed else region.box.clipped(600, 800)
    for patch in patches(image, region):
        height, width = patch.image.shape[:2]
        margin = 0.15 * width if is_framed else EDGE
        assert -margin - 2 <= (box.left - patch.left) * patch.across <= margin + 2
        assert -margin - 2 <= (box.top - patch.top) * patch.down <= margin + 2
        assert abs((box.right - patch.left) * patch.across - width) <= margin + 2
        assert abs((box.bottom - patch.top) * patch.down - height) <= margin + 2


def test_the_other_detectors_see_a_region_enlarged_as_its_smallest_face_needs() -> None:
    seen: list[tuple[int, ...]] = []

    def find(part: Image) -> list[Detection]:
        seen.append(part.shape)
        return [Detection(Box(20, 100, 100, 20), 1.0), Detection(Box(0, 200, 200, 0), 0.5)]

    found = detect_in_regions(find, blank(400, 400), [Region(Box(100, 300, 300, 100), 40, 80)], native_pixels=80)
    assert seen == [(400, 400, 3)]
    assert [face.box for face in found] == [Box(110, 150, 150, 110)], "the second is larger than was asked for"


boxes = st.builds(
    lambda top, left, side: Box(top, left + side, top + side, left),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(1, 200),
)


@given(st.lists(st.tuples(boxes, st.floats(0, 1)), max_size=8))
def test_of_faces_that_overlap_only_the_surest_stays(found: list[tuple[Box, float]]) -> None:
    kept = surest([Detection(box, confidence) for box, confidence in found])
    assert [face.confidence for face in kept] == sorted((face.confidence for face in kept), reverse=True)
    assert all(one.box.iou(other.box) <= 0.4 for one in kept for other in kept if one is not other)
    for box, confidence in found:
        near = [face for face in kept if face.box.intersection(box) > 0 and face.confidence >= confidence]
        assert near, "what was dropped gave way to a surer one"
