"""How often a camera is looked at, counted from what its process says."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 10.0
"""Over so long, and one pulse more, the looks are counted."""


class LookRate:
    """Looks a second of one camera's process, which counts its looks from its start on."""

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque()
        """When the process said, monotonic seconds, and at how many frames it had looked by then; the oldest first."""
        self._earlier_looks = 0

    def note(self, at: float, looks: int) -> None:
        """The process has looked at so many frames by that monotonic time."""
        counts = self._counts
        counts.append((at, looks))
        while len(counts) > 2 and counts[1][0] <= at - WINDOW_SECONDS:
            counts.popleft()

    def forget(self) -> None:
        """The process is gone; another counts from the beginning."""
        self._earlier_looks = self.looks
        self._counts.clear()

    @property
    def looks(self) -> int:
        """All looks so far, those of processes that are gone included."""
        return self._earlier_looks + (self._counts[-1][1] if self._counts else 0)

    @property
    def per_second(self) -> float | None:
        """Over the last seconds; None before two pulses."""
        if len(self._counts) < 2:
            return None
        (since, before), (until, after) = self._counts[0], self._counts[-1]
        return (after - before) / (until - since) if until > since else None
