"""What was written down of the cameras of rooms: when they belonged there, what they saw, and when they were blind."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value

from portal.attendance.models import BlindSpan, RoomCamera, Sight
from portal.attendance.queries.sight import BELONGED, BLIND, SAW, Written
from portal.web.prepared import prepared


def spans_since(rooms: Collection[int], since: datetime) -> list[Written]:
    """What of sight and blindness ended after that time, and every time in which a camera belonged; one query."""
    return [Written(*row) for row in _rows_since(tuple(sorted(rooms)), since)]


@prepared
def _rows_since(rooms: tuple[int, ...], since: datetime) -> QuerySet[Any, tuple[Any, ...]]:
    where, times = {"room__in": rooms, "ends_at__gt": since}, ("room", "camera_name", "starts_at", "ends_at")
    saw = Sight.objects.filter(**where).order_by().values_list(Value(SAW), *times, Value(""))
    blind = BlindSpan.objects.filter(**where).order_by().values_list(Value(BLIND), *times, "reason")
    cameras = RoomCamera.objects.filter(room__in=rooms).order_by()
    belonged = cameras.values_list(Value(BELONGED), "room", "camera_name", "since", "until", Value(""))
    return belonged.union(saw, blind, all=True)
