"""Whether anything has happened in a register: a cheap question, asked every few seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, DateTimeField, F, Max, QuerySet, Sum, Value
from django.utils.translation import get_language

from portal.attendance.models import ClassSession, Evidence, Mark, MarkChange
from portal.web.prepared import prepared

LOW_MINUTES = 30
"""Evidence's 60 bits are added up as two halves: the sum of a room's whole masks would not fit a 64-bit integer."""


def stamp_of(session: ClassSession, now: datetime) -> str:
    """Differs when a mark, a change or a sighting was added, in any case once a minute, and by the reader's language.

    One query: three aggregates over indexed rows of this class session alone. What else a register shows (cameras,
    blind stretches, who is enrolled) may be a minute late.
    """
    told = [part for row in sorted(_counted(session.pk)) for part in row]
    parts = [get_language(), now.strftime("%H%M"), session.closed_at, *told]
    return "-".join(
        "" if part is None else f"{part:%s%f}" if isinstance(part, datetime) else str(part) for part in parts
    )


@prepared
def _counted(session_id: int) -> QuerySet[Any, tuple[Any, ...]]:
    marks = Mark.objects.filter(session=session_id).order_by().values("session")
    sightings = Evidence.objects.filter(session=session_id).order_by().values("session")
    changes = MarkChange.objects.filter(session=session_id).order_by().values("session")
    low, high = F("minutes").bitand(2**LOW_MINUTES - 1), F("minutes").bitrightshift(LOW_MINUTES)
    nothing = Value(0, output_field=BigIntegerField())
    never = Value(None, output_field=DateTimeField())
    rows = [
        marks.annotate(a=Count("pk"), b=nothing, c=nothing, at=Max("last_seen_at")),
        # Minutes are only ever added to a mask, so each addition changes a sum.
        sightings.annotate(a=Count("pk"), b=Sum(low), c=Sum(high), at=never),
        changes.annotate(a=Max("pk"), b=nothing, c=nothing, at=never),
    ]
    first, *others = (each.values_list(Value(number), "a", "b", "c", "at") for number, each in enumerate(rows))
    return first.union(*others, all=True)
