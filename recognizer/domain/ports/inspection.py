"""What ``recognizer check`` asks of the database."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from recognizer.domain.ports.lease import Lease


class Inspection(Protocol):
    """Questions to the database that leave nothing behind; each raises RegisterUnavailable where there is no answer."""

    def missing_columns(self) -> list[str]:
        """Tables and columns that this release needs and that are not there, or not to be seen by this user."""

    def missing_rights(self) -> list[str]:
        """What the recognizer would not be allowed to do."""

    def has_triggers(self) -> bool | None:
        """Whether the database itself keeps a person's word from the recognizer; None where it has no users."""

    def is_encrypted(self) -> bool | None:
        """Whether nobody on the way to the database can listen; None where there is no way, but a file."""

    def rooms(self) -> list[str]:
        """The rooms that the portal knows."""

    def next_session(self, room_name: str, now: datetime) -> tuple[str, datetime, str] | None:
        """Course, start and the room's time zone of its first class session that is not over; times are naive UTC."""

    def lease(self, room_name: str) -> Lease | None:
        """Which recognizer watches the room now; None where none does."""

    def now(self) -> datetime | None:
        """The time of the database's machine, naive UTC; None where it has none of its own."""
