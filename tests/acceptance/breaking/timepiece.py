"""Time as a test wants it: a machine's clock that is wrong, another day, and hours that pass in a minute.

The processes of a scripted room read it from one file, which the test writes.
"""

from __future__ import annotations

import json
import threading  # noqa: F401 - it keeps the real time.monotonic, which ``slip_in`` replaces.
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

_real_monotonic = time.monotonic
"""Seconds that are the same for all processes of this machine."""


@dataclass(frozen=True)
class Setting:
    """How the time was set at one real moment; the time of day in seconds since 1970, UTC."""

    set_at: float
    true: float
    """By the database's clock."""
    machine: float
    """By the clock of the recognizer's machine."""
    steady: float
    """Seconds that pass whatever the clock is set to."""
    rate: float
    """How many seconds pass in a real one."""


class Timepiece:
    """Reads the time from the file; the one who tests also sets it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        if not path.exists():
            now = time.time()
            self._write(Setting(_real_monotonic(), now, now, _real_monotonic(), 1.0))
        self._setting = self._read()

    def true_now(self) -> datetime:
        """Naive UTC."""
        return _instant(self._now().true)

    def machine_now(self) -> datetime:
        """Naive UTC."""
        return _instant(self._now().machine)

    def steady(self) -> float:
        return self._now().steady

    @property
    def rate(self) -> float:
        return self._read().rate

    def set_machine(self, ahead: timedelta) -> None:
        """Set the machine's clock that far ahead of the database's."""
        now = self._now()
        self._write(replace(now, machine=now.true + ahead.total_seconds()))

    def travel(self, to: datetime) -> None:
        """It is another time, for the database too."""
        seconds = to.replace(tzinfo=UTC).timestamp()
        self._write(replace(self._now(), true=seconds, machine=seconds))

    def run(self, rate: float) -> None:
        """From now on so many seconds pass in a real one."""
        self._write(replace(self._now(), rate=rate))

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this time."""
        time.sleep(seconds / self.rate)

    def _now(self) -> Setting:
        setting = self._read()
        now = _real_monotonic()
        passed = (now - setting.set_at) * setting.rate
        return replace(
            setting,
            set_at=now,
            true=setting.true + passed,
            machine=setting.machine + passed,
            steady=setting.steady + passed,
        )

    def _read(self) -> Setting:
        stamp = self._path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._stamp, self._setting = stamp, Setting(**json.loads(self._path.read_text()))
        return self._setting

    def _write(self, setting: Setting) -> None:
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(asdict(setting)))
        written.replace(self._path)


def slip_in(timepiece: Timepiece) -> None:
    """Let everything of this process that asks for the monotonic time ask here. To be called before the recognizer is
    imported, which keeps the function that it finds."""
    time.monotonic = timepiece.steady


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
