"""Enrolment from photos."""

from __future__ import annotations

from functools import cache, partial

from recognizer.bootstrap.decoding import Decoding
from recognizer.bootstrap.gallery import build_tolerances
from recognizer.config.configuration import Config
from recognizer.enrolment.enrolment import Enrolment
from recognizer.enrolment.face_search import FaceSearch

SURE_OF_A_FACE = 1 / 3
"""HOG's confidence from which a photo's face is taken for one. The person of 105 press photos had 0.34 at the least
(median 1.8); badges, folds and shadows, some of them larger than the face, had up to 0.27."""

SMALLEST_FACE_PIXELS = 60
"""The width of a face on an old ID photo. On photos of 64 x 64 pixels people are told apart nearly as well as on larger
ones (docs/recognition.md, "People in general")."""


def build_enrolment(config: Config) -> Enrolment:
    """Enrolment with HOG whatever the cameras use, and with the net where HOG finds nothing. Raises WeightsError."""
    from recognizer.vision.engines.cnn_detector import CnnDetector
    from recognizer.vision.engines.encoder import OnnxEncoder
    from recognizer.vision.engines.hog_detector import NATIVE_PIXELS, HogDetector
    from recognizer.vision.faces.alignment import Alignment
    from recognizer.vision.faces.covering import EncodedCovering
    from recognizer.vision.faces.photos import LONGEST_SIDE
    from recognizer.vision.faces.quality import CropQualityGate

    # Enlarged, the photo shows the detector faces that are too small, but also some that are none.
    detectors = (HogDetector(NATIVE_PIXELS), HogDetector(NATIVE_PIXELS // 2))
    alignment = Alignment()
    encoder = OnnxEncoder(alignment=alignment)
    return Enrolment(
        partial(Decoding().read_photo, longest_side=LONGEST_SIDE),
        FaceSearch(detectors, SURE_OF_A_FACE, cache(lambda: CnnDetector(SMALLEST_FACE_PIXELS))),
        encoder,
        CropQualityGate(SMALLEST_FACE_PIXELS, alignment=alignment),
        EncodedCovering(alignment, encoder),
        build_tolerances(config),
    )
