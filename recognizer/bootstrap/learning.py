"""What lessons taught: its file, and the errand that keeps it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from recognizer.config.configuration import Config
from recognizer.delivery.learning import LearningErrand
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.ports.learning import SampleStore
from recognizer.storage.files.samples_file import SignedSamplesFile

if TYPE_CHECKING:
    from sqlalchemy import Engine

SAMPLES_FILE = "learned.pkl"
"""In the state folder."""

log = logging.getLogger(__name__)


def build_sample_store(config: Config) -> SampleStore:
    """The signed file in the state folder."""
    return SignedSamplesFile(config.state_dir / SAMPLES_FILE, config.room, config.gallery)


def build_learning(
    config: Config, engine: Engine, gallery: GalleryStore, now: Callable[[], datetime | None]
) -> LearningErrand | None:
    """The errand where ``learn`` is on. Where it is off, what earlier lessons taught is forgotten.

    now: as ``LearningErrand`` has it. Raises GalleryError.
    """
    from recognizer.storage.database.lessons import SqlLessonRecords

    store = build_sample_store(config)
    if config.recognition.learn:
        return LearningErrand(store, gallery, SqlLessonRecords(engine, config.room), now=now)
    if store.is_there():
        store.forget()
        log.info("recognition.learn is off: what earlier lessons taught is forgotten")
    return None
