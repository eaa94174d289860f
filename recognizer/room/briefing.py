"""Briefing: the cameras' processes are told what they name by, and each change of it.

The parent reads it for them, so that they need neither the gallery's key nor the state folder.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from recognizer.camera.knowledge import Knowledge, Source, Unusable
from recognizer.camera.orders import Know, Subject
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import GalleryError

CHECK_SECONDS = 2.0

log = logging.getLogger(__name__)


class Briefed(Protocol):
    """A camera as seen from the parent."""

    def brief(self, order: Know) -> None:
        """Have its process know this, and those that follow it."""


class Briefing:
    """Looks for a change of each subject every few seconds."""

    def __init__(self, knowledge: Knowledge, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sources = knowledge.by_subject
        self._monotonic = monotonic
        self._checked_at = float("-inf")
        self._told: dict[Subject, tuple[object, Know, object]] = {}
        """The version, the order, and the reason where it cannot be used."""

    def once(self, cameras: Sequence[Briefed]) -> None:
        """Tell the cameras what has changed; all of it at first."""
        now = self._monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = now
        for subject, source in self._sources.items():
            try:
                self._check(subject, source, cameras)
            except OSError as error:
                log.warning("the cameras cannot be told of a change (%s); it is tried again", error.strerror or error)

    def close(self) -> None:
        """Let go of what was told."""
        for _, order, _ in self._told.values():
            order.close()
        self._told.clear()

    def _check(self, subject: Subject, source: Source[object], cameras: Sequence[Briefed]) -> None:
        version, before = source.version(), self._told.get(subject)
        # What could not be used is tried again: its key may have been mended, which the file does not show.
        if before is not None and before[0] == version and before[2] is None:
            return
        try:
            content, reason = _least(source.load()), None
        except GalleryError as error:
            content, reason = Unusable(str(error)), str(error)
        if before is not None and before[2] is not None and before[2] == reason:
            return
        order = Know.of(subject, content)
        for camera in cameras:
            camera.brief(order)
        self._told[subject] = (version, order, reason)
        if before is not None:
            before[1].close()


def _least(content: object) -> object:
    """Of a gallery without what naming does not need."""
    return content.for_naming() if isinstance(content, Gallery) else content
