"""The time of day as the rest of the program wants it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, naive UTC, as instants are written everywhere in the database."""
    return datetime.now(UTC).replace(tzinfo=None)
