"""The errand that writes whom the room's gallery could name, and since when."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from recognizer.delivery.errand import BATCH, take_batch
from recognizer.domain.ports.delivery import EnrolledBoard
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.errors import GalleryError
from recognizer.ops.clock import Clock
from recognizer.ops.redaction import redact_to_one_line

LOOK_EVERY_SECONDS = 5.0
WRITE_EVERY_SECONDS = 60.0
"""Beside every change of the gallery: rosters change too."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Census:
    """Who is in a gallery: number of references by student number, and since when it is so."""

    references: Mapping[str, int] = field(default_factory=dict)
    changed_at: datetime | None = None
    """By this machine's clock; None where there is no file."""
    version: str = ""
    """As ``Gallery.version``."""


class EnrolledErrand:
    """Counts the gallery whenever it has changed, and compares it with what the database says of it.

    A gallery that cannot be read is tried again at every look; until then nothing is said of who is enrolled.
    """

    name = "writing who is enrolled"

    def __init__(
        self,
        gallery: GalleryStore,
        board: EnrolledBoard,
        *,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gallery = gallery
        self._board = board
        self._clock = clock
        self._monotonic = monotonic
        self._version: object = object()
        self._census: Census | None = None
        self._look_at = self._write_at = float("-inf")
        self._complaint = ""

    @property
    def gallery_size(self) -> int:
        """Students in the gallery; 0 while it cannot be used, for then nobody is named."""
        return len(self._census.references) if self._census else 0

    @property
    def gallery_version(self) -> str | None:
        """``Gallery.version`` of the one in use; None while there is none."""
        return self._census.version if self._census else None

    @property
    def gallery_error(self) -> str:
        """Why the gallery cannot be used, in one line; empty where it can."""
        return self._complaint and redact_to_one_line(self._complaint)

    def write_soon(self) -> None:
        """Compare again at the next turn: the rosters have changed."""
        self._write_at = float("-inf")

    def once(self) -> int:
        """See ``Errand.once``."""
        now = self._monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_SECONDS
            self._look()
        if self._census is None or now < self._write_at:
            return 0
        changed_at = self._census.changed_at
        since = self._clock.corrected(changed_at) if changed_at else self._clock.now()
        differences = self._board.differences(self._census.references)
        done = take_batch(differences[:BATCH], lambda each: self._board.record(each, since), self._monotonic)
        if done == len(differences):
            self._write_at = now + WRITE_EVERY_SECONDS
        return done

    def _look(self) -> None:
        version = self._gallery.version()
        if version == self._version and self._census is not None:
            return
        try:
            gallery = self._gallery.load()
        except GalleryError as error:
            self._census = None
            if str(error) != self._complaint:
                log.warning("who is enrolled is not known: %s", error)
            self._complaint = str(error)
            return
        self._census = Census(Counter(gallery.numbers), self._gallery.changed_at(), gallery.version)
        self._version, self._complaint = version, ""
        self._write_at = float("-inf")
