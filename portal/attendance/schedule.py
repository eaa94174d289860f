"""Days, and where a class session stands in time.

A day is a range of instants computed here, in Python, for the reader's time zone: a database without time-zone tables
answers a ``__date`` filter with nothing and no error.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.attendance.decision import CLOSES_AFTER, OPENS_BEFORE
from portal.attendance.models import ClassSession


class Phase(StrEnum):
    """Where a class session stands at an instant."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


def phase_of(session: ClassSession, now: datetime) -> Phase:
    """Running from the start, inclusive, to the end, exclusive; a cancelled class session is nothing else."""
    if session.is_cancelled:
        return Phase.CANCELLED
    if now < session.starts_at:
        return Phase.UPCOMING
    return Phase.RUNNING if now < session.ends_at else Phase.OVER


def opens_at(session: ClassSession) -> datetime:
    """From when the register takes sightings."""
    return session.starts_at - OPENS_BEFORE


def closes_at(session: ClassSession) -> datetime:
    """From when the register is closed, by a timer or by whoever looks first."""
    return session.ends_at + CLOSES_AFTER


def day_range(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of a local day and that of the next: 23 or 25 hours apart where clocks change."""
    start, end = (datetime.combine(each, time.min, tzinfo=zone).astimezone(UTC) for each in (day, day + timedelta(1)))
    return start, end


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day that an instant falls on in a time zone."""
    return instant.astimezone(zone).date()


def wall_instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The instant at which clocks there show that time, the first of two; None where they skip it."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None
