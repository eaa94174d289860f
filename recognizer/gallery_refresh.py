"""A camera's pipeline with the gallery as it is now: who is enrolled or removed in a lesson counts within seconds."""

from __future__ import annotations

import logging

from recognizer.domain.attendance import Sighting
from recognizer.domain.detection import Frame
from recognizer.domain.gallery import Gallery
from recognizer.domain.ports import GalleryStore
from recognizer.errors import GalleryError
from recognizer.pipeline import Pipeline

CHECK_SECONDS = 5.0

log = logging.getLogger(__name__)


class RefreshedPipeline:
    """Steps a pipeline, and gives it the gallery anew whenever that has changed."""

    def __init__(self, pipeline: Pipeline, store: GalleryStore) -> None:
        self._pipeline = pipeline
        self._store = store
        self._version = store.version()
        pipeline.gallery = store.load()
        self._checked_at: float | None = None

    def step(self, frame: Frame) -> list[Sighting]:
        """See ``Pipeline.step``. With a gallery that cannot be used any more nobody is identified: a student who asked
        to be forgotten must not be named from memory."""
        if self._checked_at is None or frame.position_seconds - self._checked_at >= CHECK_SECONDS:
            self._checked_at = frame.position_seconds
            self._refresh()
        return self._pipeline.step(frame)

    def _refresh(self) -> None:
        version = self._store.version()
        if version == self._version:
            return
        self._version = version
        try:
            self._pipeline.gallery = self._store.load()
            log.info("the gallery has changed: %d students are enrolled now", len(self._pipeline.gallery.students))
        except GalleryError as error:
            self._pipeline.gallery = Gallery.empty()
            log.error("nobody is identified until the gallery can be used again: %s", error)
