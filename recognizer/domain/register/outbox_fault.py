"""What was seen and could not be kept: a loss is told, never passed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

FaultReason = Literal["damaged", "deleted", "no room"]
"""The outbox's file was damaged, or deleted or replaced by another program; or the disk was full, and then the memory
that takes its place."""


@dataclass(frozen=True, slots=True)
class OutboxFault:
    """A loss, or the danger of one."""

    happened_at: datetime
    """Naive UTC, by this machine's clock: it stays the same however often it is told."""
    reason: FaultReason
    entries_saved: int = 0
    """Entries that were read out of that file."""
    entries_lost: int = 0
    """As far as they could be counted."""
    bytes_unreadable: int = 0
    """Bytes of the damaged file of which nobody can say what they held."""

    @property
    def key(self) -> tuple[datetime]:
        """Faults with the same key are one that has grown."""
        return (self.happened_at,)

    def merged(self, other: OutboxFault) -> OutboxFault:
        """The greater loss of both."""
        return replace(self, entries_lost=max(self.entries_lost, other.entries_lost))
