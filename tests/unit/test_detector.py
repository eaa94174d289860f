from __future__ import annotations

from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.engines import pieces
from recognizer.vision.engines.cnn_detector import CnnDetector
from recognizer.vision.engines.hog_detector import HogDetector, upsamplings
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.nets.weights import weights_path
from tests.fixtures.patience import few


@pytest.fixture(scope="module")
def hopper(portraits: dict[str, Path]) -> Image:
    return read_photo(portraits["hopper"])


@pytest.fixture(scope="module")
def hog() -> HogDetector:
    return HogDetector(80)


@pytest.fixture(scope="module")
def cnn() -> CnnDetector:
    return CnnDetector(80)


@pytest.fixture(scope="module")
def dlibs_cnn() -> dlib.cnn_face_detection_model_v1:
    return dlib.cnn_face_detection_model_v1(str(weights_path("mmod_human_face_detector.dat")))


@pytest.fixture(scope="module")
def fine_hog() -> HogDetector:
    """Enlarges the image once."""
    return HogDetector(40)


@pytest.mark.parametrize(("smallest", "times"), [(200, 0), (80, 0), (79, 1), (40, 1), (20, 2)])
def test_the_image_is_enlarged_no_more_than_the_smallest_face_needs(smallest: int, times: int) -> None:
    assert upsamplings(smallest) == times


def test_a_face_of_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="one pixel"):
        HogDetector(0)


def test_the_face_is_found_where_it_is(hog: HogDetector, hopper: Image) -> None:
    (detection,) = hog.detect(hopper)
    x, y = detection.box.centre
    assert (x, y) == pytest.approx((269, 245), abs=30)
    assert detection.box.width == pytest.approx(216, abs=30)


def test_a_face_below_the_native_size_needs_the_enlarged_image(
    hog: HogDetector, fine_hog: HogDetector, hopper: Image
) -> None:
    small = np.asarray(cv2.resize(hopper, None, fx=0.22, fy=0.22, interpolation=cv2.INTER_AREA), np.uint8)
    assert hog.detect(small) == []
    (detection,) = fine_hog.detect(small)
    assert detection.box.width == pytest.approx(48, abs=10)


def test_the_surest_face_comes_first(fine_hog: HogDetector, portraits: dict[str, Path]) -> None:
    confidences = [d.confidence for d in fine_hog.detect(read_photo(portraits["collins"]))]
    assert len(confidences) > 1, "enlarged, HOG takes something beside Collins for a face as well"
    assert confidences == sorted(confidences, reverse=True)


def test_a_mirrored_view_is_taken_like_any_image(hog: HogDetector, hopper: Image) -> None:
    (detection,) = hog.detect(hopper[:, ::-1])
    assert detection.box.centre[0] == pytest.approx(512 - 269, abs=30)


@pytest.mark.parametrize("size", [(1, 1), (10, 400), (200, 200)])
def test_in_a_rotten_frame_there_is_nobody(hog: HogDetector, size: tuple[int, int]) -> None:
    for level in (0, 128):
        assert hog.detect(np.full((*size, 3), level, np.uint8)) == []


def test_the_cnn_finds_a_face_in_profile_that_hog_does_not(hog: HogDetector, portraits: dict[str, Path]) -> None:
    photographer = read_photo(portraits["photographer"])
    assert hog.detect(photographer) == []
    (detection,) = CnnDetector(40).detect(photographer)
    assert detection.box.centre == pytest.approx((220, 151), abs=15)


@pytest.mark.parametrize("name", ["collins", "hopper", "photographer"])
@pytest.mark.parametrize("factor", few([0.9, 1.7]))
def test_the_cnn_gives_dlibs_own_boxes(
    cnn: CnnDetector, dlibs_cnn: dlib.cnn_face_detection_model_v1, portraits: dict[str, Path], name: str, factor: float
) -> None:
    # The head alone: dlib takes seconds for a whole picture.
    head = read_photo(portraits[name])[:330, 90:400]
    image = np.asarray(cv2.resize(head, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    theirs = sorted(dlibs_cnn(image, 0), key=lambda face: -face.confidence)
    ours = cnn.detect(image)
    assert len(ours) == len(theirs)
    for found, face in zip(ours, theirs, strict=True):
        box = Box(face.rect.top(), face.rect.right() + 1, face.rect.bottom() + 1, face.rect.left())
        assert found.box.iou(box) >= 0.9
        assert found.confidence == pytest.approx(face.confidence, abs=1e-4)


def test_a_picture_taken_in_pieces_gives_the_same_faces_as_a_whole(
    cnn: CnnDetector, portraits: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("collins", "hopper"):
        photo = read_photo(portraits[name])
        whole = cnn.detect(photo)
        with monkeypatch.context() as changed:
            changed.setattr(pieces, "MOST_PIXELS", 30_000)
            in_pieces = cnn.detect(photo)
        assert [face.box for face in in_pieces] == [face.box for face in whole] != []
        assert [face.confidence for face in in_pieces] == pytest.approx([face.confidence for face in whole], abs=1e-5)


@pytest.mark.parametrize("size", [(29, 29), (30, 500), (613, 1201), (4000, 3000)])
def test_the_pieces_cover_every_cell_once_and_show_all_that_decides_about_it(size: tuple[int, int]) -> None:
    seen = np.zeros((pieces.cells_of(size[0]), pieces.cells_of(size[1])), int)
    for piece in pieces.pieces(*size):
        seen[piece.cells] += 1
        for axis in (0, 1):
            pixels, valid, cells = (window[axis] for window in (piece.pixels, piece.valid, piece.cells))
            assert valid.stop - valid.start == cells.stop - cells.start
            shown = pieces.cells_of(pixels.stop - pixels.start)
            first_shown = cells.start - valid.start
            assert pixels.start == pieces.CELL_PIXELS * first_shown
            assert valid.start >= pieces.REACH or first_shown == 0
            assert shown - valid.stop >= pieces.REACH or pixels.stop == size[axis]
    assert np.all(seen == 1)


@pytest.mark.parametrize("size", [(1, 1), (5, 900), (40, 40), (300, 200)])
def test_the_cnn_finds_nobody_in_a_rotten_frame(cnn: CnnDetector, size: tuple[int, int]) -> None:
    for level in (0, 128, 255):
        assert cnn.detect(np.full((*size, 3), level, np.uint8)) == []
