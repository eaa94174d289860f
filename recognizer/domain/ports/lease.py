"""What the parent needs so that one recognizer alone watches a room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks for a room."""

    holder: str
    """Stands for the machine and the state folder, of which one recognizer at a time makes use."""
    token: str
    """Stands for this run."""
    machine: str
    """The host name, for people."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who watches a room, and since when, naive UTC by the database's clock."""

    holder: str
    machine: str
    held_since: datetime


class LeaseBoard(Protocol):
    """The lease of this recognizer's room. Each raises RegisterUnavailable."""

    def take(self, *, is_start: bool) -> Lease | None:
        """Take the lease, or renew it; None where it is this run's now, else whose it is.

        Another's is taken once it has expired by the database's clock, and at a start also where the same holder had
        it: that run is over. Taking it twice changes nothing.
        """

    def release(self) -> None:
        """Let it expire now, if it is this run's."""
