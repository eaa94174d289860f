"""Whether anything has happened in a register: a cheap question, asked every few seconds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, Max, Sum

from portal.attendance.models import ClassSession, MarkChange

LOW_MINUTES = 30
"""Evidence's 60 bits are added up as two halves: the sum of a room's whole masks would not fit a 64-bit integer."""


def stamp_of(session: ClassSession, now: datetime) -> str:
    """Differs when a mark, a change or a sighting was added, and in any case once a minute.

    Three aggregates over indexed rows of this class session alone. What else a register shows (cameras, blind
    stretches, who is enrolled) may be a minute late.
    """
    marks = session.marks.aggregate(rows=Count("pk"), seen=Max("last_seen_at"))
    low, high = F("minutes").bitand(2**LOW_MINUTES - 1), F("minutes").bitrightshift(LOW_MINUTES)
    # Minutes are only ever added to a mask, so each addition changes a sum.
    sightings = session.evidence.order_by().aggregate(rows=Count("pk"), low=Sum(low), high=Sum(high))
    changes = MarkChange.objects.filter(session=session).aggregate(latest=Max("pk"))
    parts = [now.strftime("%H%M"), session.closed_at, *marks.values(), *sightings.values(), *changes.values()]
    return "-".join(
        "" if part is None else f"{part:%s%f}" if isinstance(part, datetime) else str(part) for part in parts
    )
