"""Waits that grow while something fails."""

from __future__ import annotations


class BackOff:
    """When to try again: after ``first`` seconds, then after twice as many each time, up to ``longest``."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
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
        self._retry_at = now + wait
        return wait

    def succeed(self) -> None:
        """Forget the failures."""
        self._wait, self._retry_at = self._first, float("-inf")
