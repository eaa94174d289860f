"""The errand that reads the schedule, into memory and onto the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from recognizer.domain.ports.delivery import Schedule, ScheduleCopy
from recognizer.domain.register.attendance import ClassSession
from recognizer.ops.wording import count_of

REFRESH_EVERY_SECONDS = 30.0

log = logging.getLogger(__name__)


class ScheduleErrand:
    """Reads the schedule every half minute; ``sessions`` is it as last read, from the copy until then.

    A copy that could not be kept is tried again at every reading. ``on_change`` is called when the schedule is another.
    """

    name = "reading the schedule"

    def __init__(
        self,
        schedule: Schedule,
        copy: ScheduleCopy,
        *,
        now: Callable[[], datetime],
        on_change: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._schedule = schedule
        self._copy = copy
        self._now = now
        self._on_change = on_change
        self._monotonic = monotonic
        self._refresh_at = float("-inf")
        self.sessions: Sequence[ClassSession] = copy.load()
        self._kept: Sequence[ClassSession] = self.sessions
        self._complaint = ""

    def once(self) -> int:
        """See ``Errand.once``; 1 where the schedule is another."""
        if self._monotonic() < self._refresh_at:
            return 0
        sessions = self._schedule.sessions(self._now())
        self._refresh_at = self._monotonic() + REFRESH_EVERY_SECONDS
        is_other = sessions != list(self.sessions)
        if is_other:
            self.sessions = sessions
            log.info("the schedule has %s around today", count_of(len(sessions), "class session"))
            self._on_change()
        if sessions != list(self._kept):
            self._keep(sessions)
        return int(is_other)

    def _keep(self, sessions: Sequence[ClassSession]) -> None:
        try:
            self._copy.save(sessions)
        except OSError as error:
            if str(error) != self._complaint:
                log.warning("the schedule cannot be kept on disk: %s", error)
            self._complaint = str(error)
        else:
            self._kept, self._complaint = sessions, ""
