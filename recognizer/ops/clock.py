"""The time of day as the rest of the program wants it: naive UTC, as the database's machine has it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

LARGEST_OFFSET = timedelta(seconds=60)
"""A clock that is wrong by more is not trusted, although it is corrected: nobody knows since when it is wrong."""

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Now by this machine, naive UTC, as instants are written everywhere in the database."""
    return datetime.now(UTC).replace(tzinfo=None)


class Clock:
    """This machine's clock, corrected by how far the database's was ahead when it was last asked.

    Read by several threads and set by one.
    """

    def __init__(self, machine_now: Callable[[], datetime] = utc_now) -> None:
        self._machine_now = machine_now
        self._offset: timedelta | None = None
        self._noted: tuple[datetime, float] | None = None
        self._jump: timedelta | None = None
        """By how much this machine's clock has jumped since the database's was asked; None where it has not."""

    @property
    def offset(self) -> timedelta | None:
        """How far the database's clock is ahead of this machine's; None where it was not measured yet."""
        return self._offset

    @property
    def is_trusted(self) -> bool:
        """Whether this machine's clock is near enough to the database's; one that was not measured is.

        One that has jumped is not, until it is measured again: a sighting may lie on either side of the jump.
        """
        return self._jump is None and (self._offset is None or abs(self._offset) <= LARGEST_OFFSET)

    def now(self) -> datetime:
        """Now, as the database's machine has it."""
        return self.corrected(self._machine_now())

    def corrected(self, at: datetime) -> datetime:
        """An instant that was stamped by this machine's clock, as the database's machine would have stamped it."""
        return at + (self._offset or timedelta())

    def note_time(self, monotonic: float) -> None:
        """Look at this machine's clock, which may have been set; ``monotonic`` are seconds that pass whatever it does.

        To be called again and again, and after sightings were received, before it is asked whether to trust them.
        """
        now, before = self._machine_now(), self._noted
        self._noted = (now, monotonic)
        if before is None:
            return
        jump = now - before[0] - timedelta(seconds=monotonic - before[1])
        if abs(jump) > LARGEST_OFFSET:
            self._jump = jump
            log.error("%s; what is seen marks nobody until the database has told its time", self)

    def measure(self, ask: Callable[[], datetime | None]) -> None:
        """Ask the database for its time, and compare it with the middle of the time that the answer took.

        An answer that took long tells little: where the offset that is known can be right by it, it stays.
        """
        was_trusted = self.is_trusted
        asked_at = self._machine_now()
        theirs = ask()
        answered_at = self._machine_now()
        self._jump = None
        if theirs is None:
            return
        if self._offset is None or not theirs - answered_at <= self._offset <= theirs - asked_at:
            self._offset = theirs - (asked_at + (answered_at - asked_at) / 2)
        if was_trusted and not self.is_trusted:
            log.error(
                "%s; what is seen is kept and marks nobody until the clock is right or a person confirms it", self
            )
        elif self.is_trusted and not was_trusted:
            log.info("this machine's clock agrees with the database's again: students are marked")

    def __str__(self) -> str:
        if self._jump is not None:
            return f"this machine's clock was set by {self._jump.total_seconds():+.0f} s"
        seconds = (self._offset or timedelta()).total_seconds()
        return f"this machine's clock is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} the database's"
