"""One gallery for all engines: they encode alike, and the default one's boxes are those of dlib's own net."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from recognizer.bootstrap.engine import build_engine
from recognizer.config.configuration import Engine, RecognitionConfig
from recognizer.domain.following.detection import Detection, Encoding, Image
from recognizer.domain.following.geometry import Box
from recognizer.domain.ports.camera import Detector, Encoder
from recognizer.vision.faces.photos import read_photo
from recognizer.vision.nets.weights import weights_path
from tests.fixtures.patience import few

PARTS = 16
"""The sample photos are taken in so many parts, each a test of some seconds."""

TRIED = range(PARTS) if os.environ.get("EVERY_PHOTO") else (0, 4, 8, 12)
"""The parts that are tried; ``make test-engines`` takes every photo."""

LONGEST_SIDE = 500
"""Larger photos are shrunk to it."""

DOUBTFUL = 0.05
"""The confidence below which rounding may decide whether there is a face."""

SAME_FACE = 0.2
"""Two engines' boxes differ by some pixels, and so do the encodings, by far less than two photos of one person."""

Engines = dict[Engine, tuple[Detector, Encoder]]


@pytest.fixture(scope="module")
def engines() -> Engines:
    names: tuple[Engine, ...] = ("cnn", "hog", "face_recognition")
    return {name: build_engine(RecognitionConfig(engine=name, smallest_face_pixels=80)) for name in names}


@pytest.fixture(scope="module")
def found_by_default(engines: Engines) -> Callable[[Path], list[Detection]]:
    """The default engine's faces in a sample photo as it is shown; searched once for all tests."""
    detector, _ = engines["cnn"]
    return functools.cache(lambda path: detector.detect(shown(path)))


@pytest.fixture(scope="module")
def dlibs_net() -> dlib.cnn_face_detection_model_v1:
    return dlib.cnn_face_detection_model_v1(str(weights_path("mmod_human_face_detector.dat")))


def photos_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def press_photos(media: Path, part: int) -> list[Path]:
    return photos_in(media / "faces")[part::PARTS]


def all_photos(media: Path, part: int) -> list[Path]:
    """Groups as well, and of the people whose photos are cut out tightly one each."""
    tight = [photos_in(person)[0] for person in sorted((media / "faces_tight").iterdir())]
    return press_photos(media, part) + photos_in(media / "groups")[part::PARTS] + tight[part::PARTS]


def shown(path: Path) -> Image:
    """The photo as a camera might show it: not too large, and with something around the face."""
    photo = read_photo(path)
    if "faces_tight" in path.parts:
        photo = np.asarray(cv2.copyMakeBorder(photo, 30, 30, 30, 30, cv2.BORDER_REPLICATE), np.uint8)
    shrunk = min(1.0, LONGEST_SIDE / max(photo.shape[:2]))
    return np.asarray(cv2.resize(photo, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA), np.uint8)


def middle(photo: Image) -> Image:
    """Half of the photo: the faces, and little else. dlib's own net takes seven seconds a megapixel."""
    height, width = (side // 7 for side in photo.shape[:2])
    return np.ascontiguousarray(photo[height:-height, width:-width])


def found_by_dlib(net: dlib.cnn_face_detection_model_v1, photo: Image) -> list[Detection]:
    return [
        Detection(
            Box(face.rect.top(), face.rect.right() + 1, face.rect.bottom() + 1, face.rect.left()), face.confidence
        )
        for face in net(photo, 0)
    ]


def missed(wanted: list[Detection], found: list[Detection]) -> list[Detection]:
    """Faces, not doubtful ones, that nothing found covers as it should."""
    return [
        face
        for face in wanted
        if face.confidence > DOUBTFUL and not any(face.box.iou(other.box) >= 0.9 for other in found)
    ]


@pytest.mark.parametrize("part", few(TRIED))
def test_the_default_engines_boxes_are_those_of_dlibs_own_net(
    engines: Engines, dlibs_net: dlib.cnn_face_detection_model_v1, media: Path, part: int
) -> None:
    detector, _ = engines["cnn"]
    faces = 0
    for path in all_photos(media, part):
        photo = middle(shown(path))
        ours, theirs = detector.detect(photo), found_by_dlib(dlibs_net, photo)
        assert missed(theirs, ours) == [], f"{path.name}: not found"
        assert missed(ours, theirs) == [], f"{path.name}: found where dlib finds nobody"
        faces += len(theirs)
    assert faces


@pytest.mark.parametrize("name", ["hog", "face_recognition"])
def test_a_gallery_of_the_default_engine_serves_the_others(
    engines: Engines, portraits: dict[str, Path], name: Engine
) -> None:
    gallery = {who: largest_face(engines["cnn"], read_photo(portraits[who])) for who in ("collins", "hopper")}

    for who in gallery:
        probe = largest_face(engines[name], read_photo(portraits[who]))
        assert probe is not None
        distances = {other: float(np.linalg.norm(probe - reference)) for other, reference in gallery.items()}
        assert min(distances, key=distances.__getitem__) == who
        assert distances[who] < SAME_FACE


@pytest.mark.parametrize("part", few(TRIED))
@pytest.mark.parametrize("name", ["hog", "face_recognition"])
def test_every_engine_finds_the_faces_of_press_photos_and_encodes_them_alike(
    engines: Engines, media: Path, found_by_default: Callable[[Path], list[Detection]], name: Engine, part: int
) -> None:
    detector, encoder = engines[name]
    _, default = engines["cnn"]
    alike = []
    for path in press_photos(media, part):
        photo = shown(path)
        wanted = largest(default, photo, found_by_default(path))
        found = largest(encoder, photo, detector.detect(photo))
        alike.append(wanted is not None and found is not None and np.linalg.norm(wanted - found) < SAME_FACE)
    # Faces turned away are for the default engine alone.
    assert sum(alike) >= 0.9 * len(alike) > 0


@pytest.mark.parametrize("part", few(TRIED))
def test_of_the_same_boxes_every_engine_gives_the_same_encodings(
    engines: Engines, media: Path, found_by_default: Callable[[Path], list[Detection]], part: int
) -> None:
    (_, encoder), (_, library) = engines["cnn"], engines["face_recognition"]
    for path in all_photos(media, part):
        photo, faces = shown(path), found_by_default(path)
        assert np.abs(encoder.encode(photo, faces) - library.encode(photo, faces)).max(initial=0) < 1e-5, path.name


def largest_face(engine: tuple[Detector, Encoder], photo: Image) -> Encoding | None:
    detector, encoder = engine
    return largest(encoder, photo, detector.detect(photo))


def largest(encoder: Encoder, photo: Image, faces: list[Detection]) -> Encoding | None:
    if not faces:
        return None
    (encoding,) = encoder.encode(photo, [max(faces, key=lambda face: face.box.area)])
    return np.asarray(encoding, np.float32)
