"""face_recognition itself, used as in its documentation: the other engines are compared with it."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from types import ModuleType

import dlib
import numpy as np
from PIL import ImageFile

from recognizer.domain.following.detection import Detection, Encodings, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.errors import ConfigurationError
from recognizer.vision.engines.hog_detector import NATIVE_PIXELS
from recognizer.vision.engines.regions import detect_in_regions
from recognizer.vision.faces.alignment import CHIP_PADDING, CHIP_PIXELS
from recognizer.vision.faces.mirror import both_ways, mean_of_both_ways

UPSAMPLINGS = 1
"""As in its documentation. It finds faces of about 40 pixels and more."""


class LibraryDetector:
    """``face_locations`` with the HOG model. It gives no confidences: every face has 1, in the library's own order.

    Raises ConfigurationError where the library cannot be imported. One object, and one encoder, per process: the
    library keeps its models in the module.
    """

    def __init__(self) -> None:
        self._library = load_library()

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Faces in the image; boxes end at the image's edge."""
        if regions is not None:
            return detect_in_regions(self._detect, image, regions, NATIVE_PIXELS >> UPSAMPLINGS)
        return self._detect(image)

    def _detect(self, image: Image) -> list[Detection]:
        locations = self._library.face_locations(np.ascontiguousarray(image), UPSAMPLINGS)
        # The library's right and bottom are the last pixels inside, a Box's the first outside.
        return [Detection(Box(top, right + 1, bottom + 1, left), 1.0) for top, right, bottom, left in locations]


class LibraryEncoder:
    """The library's encodings of faces already found, each the mean of both ways round, as the default engine's are.

    Raises ConfigurationError where the library cannot be imported.
    """

    def __init__(self) -> None:
        models = load_library().api
        self._find_landmarks, self._encode_chip = models.pose_predictor_5_point, models.face_encoder

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        """(n, 128) float32, one row per detection, in their order; one by one, as the library does it."""
        picture = np.ascontiguousarray(image)
        chips = both_ways([self._chip(picture, detection.box) for detection in detections])
        encodings = [self._encode_chip.compute_face_descriptor(chip) for chip in chips]
        return mean_of_both_ways(np.array(encodings, np.float32).reshape(-1, 128))

    def _chip(self, picture: Image, box: Box) -> Image:
        """The upright face, cut out as ``face_encodings`` does it: that of the mirror image it could not give."""
        place = dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)
        chip = dlib.get_face_chip(picture, self._find_landmarks(picture, place), size=CHIP_PIXELS, padding=CHIP_PADDING)
        return np.asarray(chip, np.uint8)


def load_library() -> ModuleType:
    """Import face_recognition: over a second and 100 MB for four models. Raises ConfigurationError.

    The package of its models imports pkg_resources. Where that is missing, the library would print a line and end the
    process, so pkg_resources is looked for first. What the import changes for the whole process is changed back.
    """
    for name in ("face_recognition", "face_recognition_models", "pkg_resources"):
        if importlib.util.find_spec(name) is None:
            raise ConfigurationError(
                f"recognition.engine is face_recognition, but there is no {name} here: install face_recognition, "
                'face_recognition_models and "setuptools<81" (the bundle has none of them), or choose another engine'
            )
    loads_truncated_images = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pkg_resources says that it is deprecated.
            import face_recognition
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = loads_truncated_images
    library: ModuleType = face_recognition
    return library
