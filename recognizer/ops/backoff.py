"""Waits that grow while something fails."""

from __future__ import annotations

import random
from collections.abc import Callable


def draw_share() -> float:
    """From a half to the whole of a wait, at random."""
    return random.uniform(0.5, 1.0)


class BackOff:
    """When to try again: after ``first`` seconds, then after twice as many each time, up to ``longest``.

    draw: gives the share of each wait that is waited, at most 1; many that failed together are not to try together.
    """

    def __init__(self, first: float, longest: float, draw: Callable[[], float] = lambda: 1.0) -> None:
        self._first = first
        self._longest = longest
        self._draw = draw
        self._wait = first
        self._retry_at = float("-inf")

    @property
    def has_failed(self) -> bool:
        """Whether it failed since it last worked."""
        return self._retry_at > float("-inf")

    def is_time(self, now: float) -> bool:
        """Whether to try at that monotonic time."""
        return now >= self._retry_at

    def fail(self, now: float) -> float:
        """Note a failure; the seconds to wait."""
        wait, self._wait = self._wait, min(self._wait * 2, self._longest)
        wait *= self._draw()
        self._retry_at = now + wait
        return wait

    def succeed(self) -> None:
        """Forget the failures."""
        self._wait, self._retry_at = self._first, float("-inf")
