"""Pacing: where the machine is too slow for its cameras, all of them are looked at less often, and alike.

Left alone, each camera's process would look as often as it can. The camera with the fullest room would be looked at
least.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

JUDGED_EVERY_SECONDS = 10.0
"""As long as the load is measured: a look at a whole frame, which comes every nine seconds, is always part of it."""

TOO_BUSY = 0.9
"""A process that looks for a larger share of the time cannot keep its pace, or soon will not."""

AT_EASE = 0.6
"""While every process is below it, all may look more often again."""

SLOWER, FASTER = 0.75, 1.25

LEAST_SHARE = 0.125
"""Of the looks that are configured. A machine that cannot do that is not helped by still fewer."""

log = logging.getLogger(__name__)


class Load:
    """The share of the time in which one camera's process was looking, by what it says with each pulse."""

    def __init__(self) -> None:
        self._told: deque[tuple[float, float]] = deque()
        """When the process said, monotonic seconds, and for how many it had been looking by then; the oldest first."""

    def note(self, at: float, busy_seconds: float) -> None:
        """The process has been looking for so long by that monotonic time."""
        self._told.append((at, busy_seconds))
        while len(self._told) > 2 and self._told[1][0] <= at - JUDGED_EVERY_SECONDS:
            self._told.popleft()

    def forget(self) -> None:
        """The process is gone; another counts from the beginning."""
        self._told.clear()

    @property
    def share(self) -> float | None:
        """Over the last JUDGED_EVERY_SECONDS; None until they have passed."""
        if len(self._told) < 2:
            return None
        (since, before), (until, after) = self._told[0], self._told[-1]
        return (after - before) / (until - since) if until - since >= JUDGED_EVERY_SECONDS else None


class Paced(Protocol):
    """A camera as seen from the parent."""

    @property
    def load(self) -> float | None:
        """The share of the time in which its process looks; None while nobody knows."""

    def set_pace(self, looks_per_second: float) -> None:
        """Have it looked at so often at the most."""


class Pacing:
    """Chooses one pace for all cameras of the machine.

    most: looks a second as configured.
    """

    def __init__(self, most: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = self.looks_per_second = most
        self._monotonic = monotonic
        self._judged_at = monotonic()

    def once(self, cameras: Sequence[Paced]) -> None:
        """Slow all cameras down where one of them cannot keep the pace, and let them be faster where all can."""
        now = self._monotonic()
        loads = [load for camera in cameras if (load := camera.load) is not None]
        if now - self._judged_at < JUDGED_EVERY_SECONDS or not loads:
            return
        self._judged_at = now
        pace = self._choose(max(loads))
        if pace == self.looks_per_second:
            return
        self._tell(pace)
        self.looks_per_second = pace
        for camera in cameras:
            camera.set_pace(pace)

    def _choose(self, load: float) -> float:
        if load > TOO_BUSY:
            return max(self.looks_per_second * SLOWER, self._most * LEAST_SHARE)
        if load < AT_EASE:
            return min(self.looks_per_second * FASTER, self._most)
        return self.looks_per_second

    def _tell(self, pace: float) -> None:
        if pace == self._most:
            log.info(
                "the machine keeps up again: each camera is looked at %g times a second",
                self._most,
                extra={"event": "looks restored"},
            )
        elif pace < self.looks_per_second:
            log.warning(
                "this machine is too slow for its cameras: each is looked at %.1f times a second, not %g",
                pace,
                self._most,
                extra={"event": "looks fewer"},
            )
        else:
            log.info("each camera is looked at %.1f times a second now, of %g", pace, self._most)
