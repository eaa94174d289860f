"""Which closed registers late sight may concern, among all that there are: each span is compared with few of them.

A join of spans and class sessions would compare each span with every class session that its room ever had.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Min, QuerySet

from portal.attendance.models import BlindSpan, ClassSession, Sight


class _Held(NamedTuple):
    """A class session whose register is closed."""

    starts_at: datetime
    ends_at: datetime
    decided_at: datetime
    pk: int


@dataclass(frozen=True, slots=True)
class _Room:
    """What was held in a room, by its start."""

    held: list[_Held]
    longest: timedelta

    def during(self, start: datetime, end: datetime) -> Iterator[_Held]:
        """Those that have a part of that time."""
        first = bisect_left(self.held, start - self.longest, key=lambda each: each.starts_at)
        last = bisect_left(self.held, end, key=lambda each: each.starts_at)
        return (each for each in self.held[first:last] if each.ends_at > start)


def pks_with_sight_since(
    sessions: QuerySet[ClassSession], arrived_after: datetime, in_flight: timedelta
) -> Iterator[int]:
    """The closed ones of ``sessions`` in whose time lies a span that was written after they were decided.

    Spans that were written before ``arrived_after`` are passed over. ``in_flight`` before a decision counts as after.
    """
    for model in (Sight, BlindSpan):
        arrived = model.objects.filter(recorded_at__gt=arrived_after)
        earliest = arrived.aggregate(earliest=Min("starts_at"))["earliest"]
        if earliest is None:
            continue
        rooms = _read_rooms(sessions.filter(ends_at__gt=earliest))
        first = min((room.held[0].starts_at for room in rooms.values()), default=None)
        spans = arrived.filter(room__in=rooms, ends_at__gt=first) if first else arrived.none()
        for room_id, start, end, recorded_at in spans.order_by().values_list(
            "room", "starts_at", "ends_at", "recorded_at"
        ):
            found = rooms[room_id].during(start, end)
            yield from (each.pk for each in found if recorded_at > each.decided_at - in_flight)


def _read_rooms(sessions: QuerySet[ClassSession]) -> dict[int, _Room]:
    closed = sessions.filter(closed_at__isnull=False, decided_at__isnull=False, is_cancelled=False)
    held: dict[int, list[_Held]] = defaultdict(list)
    rows: Any = closed.order_by().values_list("room", "starts_at", "ends_at", "decided_at", "pk")
    for room, *columns in rows:
        held[room].append(_Held(*columns))
    return {
        room: _Room(sorted(found), max(each.ends_at - each.starts_at for each in found)) for room, found in held.items()
    }
