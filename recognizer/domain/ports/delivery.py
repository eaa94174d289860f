"""What the parent needs to keep what was seen, and to take it to the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from recognizer.domain.register.attendance import ClassSession, MarkEntry
from recognizer.domain.register.status import CameraStatus


class Register(Protocol):
    """All marks of all class sessions, as the portal shows them."""

    def record(self, entry: MarkEntry) -> None:
        """Insert the mark, or widen the seen-times of the camera's own; a person's mark is left alone.

        Raises RegisterUnavailable (try again later) or MarkRefused (never will).
        """


class Schedule(Protocol):
    """The class sessions of this room."""

    def sessions(self, now: datetime) -> list[ClassSession]:
        """Those not cancelled that end after a day before now and start before a week after it.

        Raises RegisterUnavailable when it cannot be read.
        """


class ScheduleCopy(Protocol):
    """The schedule as it was last read, kept where it outlives a restart."""

    def load(self) -> list[ClassSession]:
        """What was kept; nothing where there is no copy that can be read."""

    def version(self) -> object:
        """Something that differs once another copy was saved; costs next to nothing."""

    def save(self, sessions: Sequence[ClassSession]) -> None:
        """Replace the copy. Raises OSError."""


class StatusBoard(Protocol):
    """Where the portal reads how the cameras are."""

    def post(self, statuses: Sequence[CameraStatus]) -> None:
        """Replace the last word of each of these cameras.

        Raises RegisterUnavailable when it cannot be written.
        """


class Outbox(Protocol):
    """Marks confirmed but not yet in the register; survives a crash and a power cut."""

    def put(self, entry: MarkEntry) -> None:
        """Keep the entry durably before returning; a later entry for the same mark takes the place of the earlier."""

    def pending(self, limit: int) -> list[tuple[int, MarkEntry]]:
        """The oldest entries with their receipts."""

    def done(self, receipt: int) -> None:
        """Forget a delivered entry, unless a newer one took its place meanwhile."""

    def refuse(self, receipt: int, reason: str) -> None:
        """Set an entry aside that the register will never take, with the reason; it is kept, not delivered."""

    def depth(self) -> int:
        """How many entries wait."""
