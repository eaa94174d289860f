"""The time of day as the rest of the program wants it: naive UTC, as the database's machine has it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

LARGEST_OFFSET = timedelta(seconds=60)
"""A clock that is wrong by more is not trusted, although it is corrected: nobody knows since when it is wrong."""

UNKNOWN_SETTING = "?"
"""Stands where nobody can say how the clock was set when something was seen."""

_SETTLING_SECONDS = 30.0
"""How long after a jump what arrives may have been seen before it: a camera's process that is later is ended."""
_SAME_SETTING_SECONDS = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Now by this machine, naive UTC, as instants are written everywhere in the database."""
    return datetime.now(UTC).replace(tzinfo=None)


def seconds_since_boot() -> float:
    """Seconds that pass whatever the clock is set to, also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_boot_id() -> str:
    """Another at each start of the machine."""
    return _BOOT_ID.read_text("ascii").strip()


class Clock:
    """This machine's clock, corrected by how far the database's was ahead when it was last asked.

    The offset is not known before the first answer, nor after the clock has jumped until the next one. An instant of
    such a time is kept as it is, with the *setting* of the clock: the boot, and when that was by the clock. Once the
    offset is known, ``offset_of`` tells whether it holds for that setting too. Read by several threads, measured by
    one and looked at (``note_time``) by another.
    """

    def __init__(
        self,
        machine_now: Callable[[], datetime] = utc_now,
        since_boot: Callable[[], float] = seconds_since_boot,
        boot_id: Callable[[], str] = read_boot_id,
    ) -> None:
        self._machine_now = machine_now
        self._since_boot = since_boot
        self._boot_id = boot_id()
        self._booted_at = self._find_boot()
        """When the machine was started, by its clock as it is set now."""
        self._offset: timedelta | None = None
        self._is_known = False
        self._jump: timedelta | None = None
        """By how much this machine's clock has jumped since the database's was asked; None where it has not."""
        self._jumped_at = float("-inf")

    @property
    def offset(self) -> timedelta | None:
        """How far the database's clock is ahead of this machine's; None where that is not known."""
        return self._offset

    @property
    def is_known(self) -> bool:
        """Whether the database has told its time, and this machine's clock has not jumped since."""
        return self._is_known

    @property
    def is_wrong(self) -> bool:
        """Whether it is far from the database's, or has jumped: nobody is marked by it."""
        return self._jump is not None or (self._offset is not None and abs(self._offset) > LARGEST_OFFSET)

    @property
    def setting(self) -> str:
        """Stands for how this machine's clock is set, where the offset is not known; else empty."""
        if self._is_known:
            return ""
        if self._since_boot() - self._jumped_at < _SETTLING_SECONDS:
            return UNKNOWN_SETTING
        return f"{self._boot_id} {self._booted_at.isoformat()}"

    def offset_of(self, setting: str) -> timedelta | None:
        """How far the database's clock was ahead of this machine's as it was set then; None where nobody knows.

        It holds for the same boot of the machine, where the clock was set by no more than LARGEST_OFFSET since.
        """
        boot_id, _, booted_at = setting.rpartition(" ")
        if not self._is_known or boot_id != self._boot_id:
            return None
        set_by = self._booted_at - datetime.fromisoformat(booted_at)
        return None if abs(set_by) > LARGEST_OFFSET else (self._offset or timedelta()) + set_by

    def now(self) -> datetime:
        """Now, as the database's machine has it."""
        return self.corrected(self._machine_now())

    def now_if_known(self) -> datetime | None:
        """Now, as the database's machine has it; None where its time is not known, also just after a jump."""
        has_jumped = abs(self._find_boot() - self._booted_at) > LARGEST_OFFSET
        return self.now() if self._is_known and not has_jumped else None

    def corrected(self, at: datetime) -> datetime:
        """An instant that was stamped by this machine's clock, as the database's machine would have stamped it."""
        return at + (self._offset or timedelta())

    def stamp(self, at: datetime | None = None) -> tuple[datetime, str]:
        """An instant of this machine's clock (without one: now) as it is kept, and the setting where it needs one."""
        now = self._machine_now()
        at = at or now
        # Asked once: the offset may become known meanwhile.
        setting = UNKNOWN_SETTING if self._may_be_from_before_a_jump(at, now) else self.setting
        return (at, setting) if setting else (self.corrected(at), "")

    def note_time(self) -> None:
        """Look at this machine's clock, which may have been set.

        To be called again and again, and after sightings were received, before they are stamped.
        """
        booted_at = self._find_boot()
        jump = booted_at - self._booted_at
        if abs(jump).total_seconds() > _SAME_SETTING_SECONDS:
            self._booted_at = booted_at
        if abs(jump) > LARGEST_OFFSET:
            self._jumped_at, self._jump = self._since_boot(), jump
            self._is_known, self._offset = False, None
            log.error(
                "%s; what is seen marks nobody until the database has told its time",
                self,
                extra={"event": "clock wrong"},
            )

    def measure(self, ask: Callable[[], datetime | None]) -> None:
        """Ask the database for its time, and compare it with the middle of the time that the answer took.

        An answer that took long tells little: where the offset that is known can be right by it, it stays, and where
        none is known, this machine's clock is taken to be right if it can be. A database without a clock of its own,
        which tells None, goes by this machine's.
        """
        was_wrong, booted_at = self.is_wrong, self._booted_at
        asked_at = self._machine_now()
        theirs = ask()
        answered_at = self._machine_now()
        if self._booted_at != booted_at:
            return  # The clock was set meanwhile: the answer says nothing of how it is set now.
        if theirs is None:
            self._offset = None
        else:
            self._offset = self._offset or timedelta()
            if not theirs - answered_at <= self._offset <= theirs - asked_at:
                self._offset = theirs - (asked_at + (answered_at - asked_at) / 2)
        self._jump, self._is_known = None, True
        if self.is_wrong and not was_wrong:
            log.error(
                "%s; what is seen is kept and marks nobody until the clock is right or a person confirms it",
                self,
                extra={"event": "clock wrong"},
            )
        elif was_wrong and not self.is_wrong:
            log.info(
                "this machine's clock agrees with the database's again: students are marked",
                extra={"event": "clock right"},
            )

    def _may_be_from_before_a_jump(self, at: datetime, now: datetime) -> bool:
        """Also where the offset is known again by now: it says nothing of the clock that has stamped the instant."""
        is_settling = self._since_boot() - self._jumped_at < _SETTLING_SECONDS
        # Whoever stamps by the clock as it is set now is not so late. A jump is by more.
        return is_settling and abs((now - at).total_seconds()) > _SETTLING_SECONDS

    def _find_boot(self) -> datetime:
        return self._machine_now() - timedelta(seconds=self._since_boot())

    def __str__(self) -> str:
        if self._jump is not None:
            return f"this machine's clock was set by {self._jump.total_seconds():+.0f} s"
        seconds = (self._offset or timedelta()).total_seconds()
        return f"this machine's clock is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} the database's"
