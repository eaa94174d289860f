"""The portraits inside the wheels of scikit-image and matplotlib, and the people cut out of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Opacity = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Portrait:
    """One picture: which package carries it, where the person stands in it, and how tall the face is there."""

    package: str
    path_in_package: str
    face_pixels: int
    """Height of the face, forehead to chin, in the picture."""
    face_centre: tuple[int, int]
    outline: tuple[tuple[int, int], ...]
    """The person's outline, roughly; the cut-out is refined from it."""

    def file(self) -> Path:
        """Where the picture lies, without importing the package."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError(
                f"{self.package} is not installed: run `make demo`, or install requirements/demo.txt."
            )
        return Path(spec.submodule_search_locations[0]) / self.path_in_package


COLLINS = Portrait(
    package="skimage",
    path_in_package="data/astronaut.png",
    face_pixels=88,
    face_centre=(225, 118),
    outline=(
        (10, 511), (22, 400), (44, 270), (105, 212), (118, 165), (148, 150), (186, 150), (182, 130), (160, 114),
        (151, 88), (160, 48), (186, 24), (226, 13), (264, 20), (292, 44), (302, 80), (296, 112), (276, 134),
        (262, 146), (262, 172), (296, 196), (308, 235), (346, 265), (364, 340), (366, 511),
    ),
)  # fmt: skip

HOPPER = Portrait(
    package="matplotlib",
    path_in_package="mpl-data/sample_data/grace_hopper.jpg",
    face_pixels=165,
    face_centre=(262, 225),
    outline=(
        (0, 599), (16, 500), (26, 440), (60, 385), (124, 350), (192, 318), (194, 300), (164, 280), (152, 222),
        (146, 160), (146, 108), (180, 60), (224, 26), (268, 20), (330, 50), (368, 92), (374, 150), (378, 195),
        (370, 250), (340, 300), (342, 318), (417, 348), (494, 390), (511, 480), (511, 599),
    ),
)  # fmt: skip

PHOTOGRAPHER = Portrait(
    package="skimage",
    path_in_package="data/camera.png",
    face_pixels=88,
    face_centre=(225, 150),
    outline=(
        (0, 511), (0, 300), (8, 255), (48, 180), (108, 116), (152, 108), (162, 90), (200, 62), (232, 68), (264, 95),
        (272, 124), (264, 138), (325, 136), (326, 165), (334, 190), (330, 240), (300, 308), (272, 306), (236, 270),
        (205, 284), (180, 300), (162, 370), (150, 440), (152, 511),
    ),
)  # fmt: skip


PORTRAITS: Mapping[str, Portrait] = {"collins": COLLINS, "hopper": HOPPER, "photographer": PHOTOGRAPHER}


def portrait_files() -> dict[str, Path]:
    """Name to picture: two who enrol, and the photographer, who does not."""
    return {name: portrait.file() for name, portrait in PORTRAITS.items()}


def cut_out(portrait: Portrait, file: Path) -> tuple[Image, Opacity]:
    """The person without the background: (height, width, 3) BGR, and (height, width) opacity 0 to 1 with soft edges."""
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"{file} cannot be read: install requirements/demo.txt again.")
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.array(portrait.outline, np.int32)], 255)
    band = np.ones((13, 13), np.uint8)
    mask = np.full(inside.shape, cv2.GC_BGD, np.uint8)
    mask[cv2.dilate(inside, band) > 0] = cv2.GC_PR_BGD
    mask[inside > 0] = cv2.GC_PR_FGD
    mask[cv2.erode(inside, band) > 0] = cv2.GC_FGD
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    person = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    trimmed = cv2.erode(person, np.ones((3, 3), np.uint8))
    trimmed = cv2.morphologyEx(trimmed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    opacity = cv2.GaussianBlur(trimmed, (0, 0), 1.4).astype(np.float32) / np.float32(255)
    return np.asarray(picture, np.uint8), np.asarray(opacity, np.float32)
