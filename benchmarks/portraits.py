"""Pictures with faces in them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.classroom.people import MEDIA_VARIABLE, find_people, portrait_folders
from recognizer.domain.following.detection import Detection, Image
from recognizer.enrolment.enrolment import Enrolment
from recognizer.enrolment.face_search import UnfitPhoto
from recognizer.errors import PhotoError
from recognizer.vision.faces.photos import read_photo

_INSIDE_WHEELS = (
    ("skimage", "data/astronaut.png"),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
    ("skimage", "data/camera.png"),
)


def portraits(folders: Sequence[Path]) -> list[Image]:
    """The pictures of the people in the folders, or in ROLLCALL_MEDIA_DIR; without, those that come inside wheels."""
    if folders or os.environ.get(MEDIA_VARIABLE):
        people = find_people(portrait_folders(folders, os.environ))
        paths = [path for person in people for path in person.photos]
    else:
        paths = [*_inside_wheels()]
    images = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths]
    found = [np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8) for image in images if image is not None]
    if not found:
        raise SystemExit(
            "There is no portrait to measure with: name a folder with --portraits, or run `make demo` once."
        )
    return found


def enrollable_faces(enrolment: Enrolment, folder: Path) -> Iterator[tuple[Path, Image, Detection]]:
    """The photos of a folder of people that could be enrolled if nothing were covered, with the face of each.

    The pictures have the border that those cut tight need.
    """
    for path in sorted(folder.glob("*/*")):
        try:
            image, face, is_sure = enrolment.search.find(read_photo(path))
        except (PhotoError, UnfitPhoto):
            continue
        if is_sure and enrolment.gate.assess(image, face).is_good:
            yield path, image, face


def crowd(images: list[Image], height: int, width: int, seed: int) -> Image:
    """A picture of that size with portraits beside each other in several sizes, over noise."""
    random = np.random.default_rng(seed)
    picture = random.integers(90, 130, (height, width, 3), dtype=np.uint8)
    top = 0
    while top + 150 <= height:
        left, row = 0, int(random.integers(260, 420))
        while left < width:
            image = images[int(random.integers(len(images)))]
            side = int(random.integers(220, row))
            shown = np.asarray(cv2.resize(_square(image), (side, side), interpolation=cv2.INTER_AREA))
            shown = shown[: height - top, : width - left]
            picture[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
            left += side
        top += row
    return picture


def _square(image: Image) -> Image:
    """The middle of it, the upper part where it is high: that is where faces are."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 4, (image.shape[1] - side) // 2
    return image[top : top + side, left : left + side]


def _inside_wheels() -> Iterator[Path]:
    for package, path in _INSIDE_WHEELS:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            yield Path(spec.submodule_search_locations[0]) / path
