"""The errand that keeps what lessons taught, as long as nothing speaks against it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from recognizer.domain.learning.keeping import add_samples, keep_enrolled, keep_true
from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.learning.teaching import fingerprints_of
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.ports.learning import LessonRecords, SampleStore
from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence_log import find_sessions
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import GalleryError

EVERY_SECONDS = 10.0
"""How often the database is asked of the samples, so that a correction counts within seconds."""

GONE_AFTER_SECONDS = 24 * 60 * 60.0
"""A gallery whose file is not there may be about to be put back, as by ``rm`` and ``cp``, or its disk to be mounted.
After a day it was deleted, and so is what was learned of its students."""

log = logging.getLogger(__name__)


class LearningErrand:
    """Keeps one sample of each student and class session, and drops those that are not true any more.

    ``note`` is called by the daemon's thread; new samples wait in memory until the database has been asked of them.
    Every turn reads the file, changes it and writes it, with other writers kept out: ``recognizer gallery`` takes
    students out of it meanwhile. Without the gallery's file no turn is made: who is enrolled is not known.

    now: by the database's clock, None where that is not known. Until it is, no sample is added, and none is dropped for
    its age or for the timetable: by a clock that has jumped ahead the term would be over.
    """

    name = "keeping what lessons taught"

    def __init__(
        self,
        store: SampleStore,
        gallery: GalleryStore,
        records: LessonRecords,
        *,
        now: Callable[[], datetime | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._gallery = gallery
        self._records = records
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._new: dict[tuple[str, int], LessonSample] = {}
        self._turn_at = float("-inf")
        self._gallery_missing_since: float | None = None
        self._anchored: tuple[object, frozenset[str]] = None, frozenset()
        self._anchors: Mapping[str, str] = {}
        self._complaint = ""

    def note(self, sighting: Sighting, sessions: Sequence[ClassSession]) -> None:
        """Take the sample of a sighting, if it has one, for the class sessions that expect the student then.

        The sighting's time must be right: whose lesson it was is told by it.
        """
        if sighting.sample is None or sighting.is_visitor:
            return
        number = sighting.student_number
        for session in find_sessions(sighting, sessions):
            student_id = session.student_id(number) if session.expects(number) else None
            if student_id is not None:
                # The anchor is added at the next turn, by the gallery as it is then.
                sample = LessonSample(number, sighting.sample, session.id, student_id, sighting.seen_at, anchor="")
                with self._lock:
                    self._new.setdefault(sample.key, sample)

    def once(self) -> int:
        """See ``Errand.once``; how many samples were added or dropped. Raises GalleryError too."""
        now = self._now()
        with self._lock:
            new = [] if now is None else list(self._new.values())
        if not new and self._monotonic() < self._turn_at:
            return 0
        self._turn_at = self._monotonic() + EVERY_SECONDS
        if (not new and self._store.version() is None) or self._is_gallery_awaited():
            return 0
        with self._store.held(lambda: None):
            changed = self._turn(new, now)
        with self._lock:
            for sample in new:
                del self._new[sample.key]
        return changed

    def _is_gallery_awaited(self) -> bool:
        """Whether the gallery's file is missing, but not for so long that it was deleted for good."""
        if self._gallery.version() is not None:
            self._gallery_missing_since = None
            return False
        if self._gallery_missing_since is None:
            self._gallery_missing_since = self._monotonic()
        return self._monotonic() - self._gallery_missing_since < GONE_AFTER_SECONDS

    def _turn(self, new: Sequence[LessonSample], now: datetime | None) -> int:
        before = self._load()
        kept = self._anchor(before, new)
        # Whoever is enrolled no more is forgotten at once, also while the database is away.
        still_enrolled = [sample for sample in kept if sample in before]
        if len(still_enrolled) < len(before):
            self._store.save(still_enrolled)
            before = still_enrolled
        if not kept or now is None:
            return 0
        true = keep_true(kept, self._records.facts(kept, now), now)
        if true == before:
            return 0
        self._store.save(true)
        self._tell(before, true)
        return len(set(before) ^ set(true))

    def _load(self) -> list[LessonSample]:
        try:
            return self._store.load()
        except GalleryError as error:
            if str(error) != self._complaint:
                log.warning("%s: it is left out, and students are learned anew", error)
            self._complaint = str(error)
            return []

    def _anchor(self, kept: Sequence[LessonSample], new: Iterable[LessonSample]) -> list[LessonSample]:
        """All of those whose students are enrolled as they were, the new ones as they are now."""
        new = list(new)
        numbers = frozenset(fold_number(sample.number) for sample in (*kept, *new))
        version = self._gallery.version()
        if version != self._anchored[0] or not numbers <= self._anchored[1]:
            self._anchors = fingerprints_of(self._gallery.load(), numbers)
            self._anchored = version, numbers
        anchored = (
            replace(sample, anchor=anchor)
            for sample in new
            if (anchor := self._anchors.get(fold_number(sample.number))) is not None
        )
        return add_samples(keep_enrolled(kept, self._anchors), anchored)

    def _tell(self, before: Sequence[LessonSample], after: Sequence[LessonSample]) -> None:
        keys = {sample.key for sample in after}
        for number in sorted({sample.number for sample in before if sample.key not in keys}):
            log.info("a learned reference of student %s is dropped", number)
