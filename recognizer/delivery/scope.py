"""The errand that forgets who is not expected in the room any more, where the gallery's scope is its rosters."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from recognizer.domain.ports.delivery import RosterRecords, Unexpected, UnexpectedMemory
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.domain.register.numbers import fold_number
from recognizer.ops.wording import count_of

EVERY = timedelta(hours=1)

FORGOTTEN_AFTER_TIMES = 48
"""In a row: two days of running. A roster that somebody has emptied by mistake is mended by then, and faces that are
forgotten have to be enrolled again. Times are counted, not days: no clock that jumps makes them more."""

LEFT_AFTER = timedelta(days=14)
"""Timetables are written week by week, too: whom the last class sessions expected is kept for so long."""

ENROLLED_BEFORE = timedelta(days=1)
"""Nobody is forgotten so soon after the gallery has changed: photos may come before the roster."""

log = logging.getLogger(__name__)


class ScopeErrand:
    """Takes the students out of the gallery whom no roster of the room has expected for a while.

    Where the room has no class session at all, lately or to come, nobody is forgotten: its timetable is not written.

    now: by the database's clock, None where that is not known; by a clock that has jumped ahead the term would be over.
    """

    name = "keeping the gallery to the rosters"

    def __init__(
        self,
        gallery: GalleryStore,
        rosters: RosterRecords,
        memory: UnexpectedMemory,
        *,
        now: Callable[[], datetime | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gallery = gallery
        self._rosters = rosters
        self._memory = memory
        self._now = now
        self._monotonic = monotonic
        self._turn_at = float("-inf")

    def once(self) -> int:
        """See ``Errand.once``; how many students were forgotten. Raises GalleryError too."""
        now = self._now()
        if now is None or self._gallery.version() is None or self._monotonic() < self._turn_at:
            return 0
        forgotten = self._ask(now)
        self._turn_at = self._monotonic() + EVERY.total_seconds()
        return forgotten

    def _ask(self, now: datetime) -> int:
        before = self._memory.load()
        # A recognizer that is started again and again asks no more often.
        if before.asked_at is not None and timedelta(0) <= now - before.asked_at < EVERY:
            return 0
        expected = frozenset(map(fold_number, self._rosters.expected(now - LEFT_AFTER)))
        if not expected:
            return 0
        enrolled = map(fold_number, self._gallery.load().students)
        times = {number: before.times.get(number, 0) + 1 for number in enrolled if number not in expected}
        # Before anybody is forgotten: where this cannot be kept, nobody is.
        self._memory.save(Unexpected(now, times))
        due = frozenset(number for number, count in times.items() if count >= FORGOTTEN_AFTER_TIMES)
        return self._forget(due, now) if due else 0

    def _forget(self, due: frozenset[str], now: datetime) -> int:
        """Those who are due, unless the gallery has just changed, or is being changed: then the next turn does it."""
        try:
            with self._gallery.held(_do_not_wait):
                changed_at = self._gallery.changed_at()
                if changed_at is None or now - changed_at < ENROLLED_BEFORE:
                    return 0
                gallery = self._gallery.load()
                kept = [number for number in gallery.students if fold_number(number) not in due]
                forgotten = len(gallery.students) - len(kept)
                if forgotten:
                    self._gallery.save(gallery.only(kept))
        except _HeldByAnother:
            return 0
        if forgotten:
            log.info(
                "%s forgotten: no roster of this room expects them, and gallery.scope is rosters",
                count_of(forgotten, "student"),
                extra={"event": "students forgotten"},
            )
        return forgotten


class _HeldByAnother(Exception):
    """An ``encode`` is at work, which may take an hour. Whoever waits for it delivers nothing meanwhile."""


def _do_not_wait() -> NoReturn:
    raise _HeldByAnother
