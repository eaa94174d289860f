"""The errand that forgets who is not expected in the room any more, where the gallery's scope is its rosters."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from recognizer.domain.ports.delivery import RosterRecords
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.register.numbers import fold_number
from recognizer.ops.wording import count_of

EVERY_SECONDS = 60 * 60.0

LEFT_AFTER = timedelta(days=14)
"""Timetables are written week by week, too: whom the last class sessions expected is kept for so long."""

ENROLLED_BEFORE = timedelta(days=1)
"""Nobody is forgotten so soon after the gallery has changed: photos may come before the roster."""

log = logging.getLogger(__name__)


class ScopeErrand:
    """Takes the students out of the gallery whom no roster of the room expects.

    Where the room has no class session at all, lately or to come, nobody is forgotten: its timetable is not written.

    now: by the database's clock, None where that is not known; by a clock that has jumped ahead the term would be over.
    """

    name = "keeping the gallery to the rosters"

    def __init__(
        self,
        gallery: GalleryStore,
        rosters: RosterRecords,
        *,
        now: Callable[[], datetime | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gallery = gallery
        self._rosters = rosters
        self._now = now
        self._monotonic = monotonic
        self._turn_at = float("-inf")

    def once(self) -> int:
        """See ``Errand.once``; how many students were forgotten. Raises GalleryError too."""
        now, changed_at = self._now(), self._gallery.changed_at()
        if now is None or changed_at is None or self._monotonic() < self._turn_at:
            return 0
        if now - changed_at >= ENROLLED_BEFORE:
            expected = frozenset(map(fold_number, self._rosters.expected(now - LEFT_AFTER)))
            forgotten = self._forget_others(expected) if expected else 0
        else:
            forgotten = 0
        self._turn_at = self._monotonic() + EVERY_SECONDS
        return forgotten

    def _forget_others(self, expected: frozenset[str]) -> int:
        with self._gallery.held(lambda: None):
            gallery = self._gallery.load()
            kept = [number for number in gallery.students if fold_number(number) in expected]
            forgotten = len(gallery.students) - len(kept)
            if forgotten:
                self._gallery.save(gallery.only(kept))
                log.info(
                    "%s forgotten: no roster of this room expects them, and gallery.scope is rosters",
                    count_of(forgotten, "student"),
                    extra={"event": "students forgotten"},
                )
            return forgotten
