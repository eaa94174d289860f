"""Builds the recognizer's parts: the only place that knows which adapter stands behind a port."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from recognizer.config import Config
from recognizer.domain.ports import GalleryStore
from recognizer.enrolment import Enrolment
from recognizer.storage.database import make_engine
from recognizer.storage.gallery_file import SignedGalleryFile
from recognizer.storage.students import known_numbers


def build_gallery_store(config: Config) -> GalleryStore:
    """The signed file of the configuration."""
    return SignedGalleryFile(config.gallery)


def build_enrolment(config: Config) -> Enrolment:
    """Enrolment with HOG whatever the cameras use: a face that it does not find is turned too far for a reference.

    Raises WeightsError.
    """
    # Here, because the vision libraries take a second to load, which `recognizer gallery` need not wait for.
    from recognizer.vision.detector import NATIVE_PIXELS, HogDetector
    from recognizer.vision.encoder import DlibEncoder
    from recognizer.vision.photos import read_photo
    from recognizer.vision.quality import CropQualityGate

    # Enlarged, the photo shows the detector faces that are too small, but also some that are none.
    detectors = (HogDetector(NATIVE_PIXELS), HogDetector(NATIVE_PIXELS // 2))
    return Enrolment(read_photo, detectors, DlibEncoder(), CropQualityGate(), config.recognition.tolerance)


def build_student_lookup(config: Config) -> Callable[[Iterable[str]], frozenset[str]] | None:
    """Asks the database which student numbers it knows; None where the database is an SQLite file not there yet."""
    engine = make_engine(config.database_url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None
    return partial(known_numbers, engine)
