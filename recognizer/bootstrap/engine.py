"""What finds faces and what encodes them, as configured."""

from __future__ import annotations

from pathlib import Path

from recognizer.config.configuration import RecognitionConfig
from recognizer.domain.ports.camera import Aligner, Detector, Encoder
from recognizer.ops.memory import give_back_free_memory


def build_engine(settings: RecognitionConfig, alignment: Aligner | None = None) -> tuple[Detector, Encoder]:
    """What finds faces and what encodes them, as configured; only the libraries of that engine are loaded.

    alignment: what cuts the faces out, where it is there already. Raises WeightsError, or ConfigurationError where a
    library is missing.
    """
    if settings.engine == "face_recognition":
        from recognizer.vision.engines.library import LibraryDetector, LibraryEncoder

        return LibraryDetector(), LibraryEncoder()
    from recognizer.vision.engines.encoder import OnnxEncoder

    engine = _build_detector(settings), OnnxEncoder(settings.threads, alignment)
    give_back_free_memory()
    return engine


def _build_detector(settings: RecognitionConfig) -> Detector:
    if settings.engine == "hog":
        from recognizer.vision.engines.hog_detector import HogDetector

        return HogDetector(settings.smallest_face_pixels)
    if settings.engine == "yunet":
        from recognizer.vision.engines.yunet_detector import YunetDetector

        # With this engine the configuration has a model, or it would not have been read.
        return YunetDetector(settings.smallest_face_pixels, settings.yunet_model or Path())
    from recognizer.vision.engines.cnn_detector import CnnDetector

    return CnnDetector(settings.smallest_face_pixels, settings.threads)
