"""Lateness: how much longer than others the frames of a live stream were on their way.

A stream that is read too slowly waits in the buffers of the network, and its frames get older and older, though each is
the newest that comes. Their own times tell: the frame that took least is taken for one that did not wait.
"""

from __future__ import annotations

MOST_BEHIND_SECONDS = 1.0
"""Frames that are later than this wait in buffers, and more of them behind. A look adds to their age, and two seconds
are the most that it may be."""

MEMORY_SECONDS = 60.0
"""The most punctual frame is forgotten after one to two times this long: no clock of a camera runs as ours does."""


class Lateness:
    """Of one stream, from its first frame on."""

    def __init__(self) -> None:
        self._least = self._least_lately = float("inf")
        self._turned_at = self._position = float("-inf")

    def note(self, position_seconds: float, now: float) -> float:
        """A frame of that stream time has come at that monotonic time; by how many seconds it is late.

        0 where the stream's time stands still or runs backwards, which tells nothing.
        """
        is_telling, self._position = position_seconds > self._position, position_seconds
        if not is_telling:
            self._least = self._least_lately = float("inf")
            return 0.0
        delay = now - position_seconds
        if now - self._turned_at >= MEMORY_SECONDS:
            self._turned_at, self._least, self._least_lately = now, self._least_lately, delay
        self._least_lately = min(self._least_lately, delay)
        return delay - min(self._least, self._least_lately)
