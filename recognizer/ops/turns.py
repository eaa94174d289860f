"""Turns: on a machine with fewer processors than cameras, no more look at a picture at once than there are processors.

Eight looks at once on two processors take four times as long each, and what they tell of is as much older. One after
the other, each is done as soon as it is on a processor of its own.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from recognizer.ops.own_file import open_own_lock

_ASKED_EVERY_SECONDS = 0.01


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


class Turns:
    """As many turns as there are, shared by all processes that are given the same folder.

    Each turn is a lock on a file, which the system takes back from a process that dies. To be made in the process that
    uses it. Raises OSError where the folder cannot be written to.
    """

    def __init__(
        self,
        folder: Path,
        count: int,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._files: list[IO[bytes]] = [
            os.fdopen(open_own_lock(folder / f"turn-{number}.lock"), "r+b") for number in range(count)
        ]
        self._held: IO[bytes] | None = None
        self._monotonic = monotonic
        self._sleep = sleep

    def take(self, seconds: float) -> bool:
        """Wait for a turn for so long at the most; whether this process has one."""
        until = self._monotonic() + seconds
        while not self._try() and self._monotonic() < until:
            self._sleep(_ASKED_EVERY_SECONDS)
        return self._held is not None

    def give_back(self) -> None:
        """Let another process have it; nothing where this one has none."""
        if self._held is not None:
            fcntl.flock(self._held, fcntl.LOCK_UN)
            self._held = None

    def close(self) -> None:
        """Close the files, which gives the turn back too."""
        self._held = None
        for file in self._files:
            file.close()

    def _try(self) -> bool:
        for file in random.sample(self._files, len(self._files)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            self._held = file
            return True
        return False
