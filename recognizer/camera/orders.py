"""What the parent says to a camera's process. The end of the pipe says that the parent is gone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order, and soon."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Look so often at the most: the machine cannot do more for all of its cameras, or can again."""

    looks_per_second: float


Order = Stop | Pace
