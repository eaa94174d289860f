"""How much of the class sessions of the last days the cameras of rooms could see, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from portal.attendance.coverage import Span, camera_times, covered_time, merge_spans, room_coverage
from portal.attendance.models import BlindSpan, ClassSession, Room, RoomCamera, Sight
from portal.attendance.models.timetable import LONGEST
from portal.attendance.queries.sight import REPORTS_WITHIN
from portal.attendance.schedule import day_range, local_day


@dataclass(frozen=True, slots=True)
class RoomDay:
    """A local day of a room: its class sessions, and what of them its cameras could see.

    ``saw`` has the times in which each camera could see, those in which none was needed included. ``percent`` is of
    the class sessions so far, rounded down; None where there were none.
    """

    day: date
    sessions: list[Span]
    saw: dict[str, list[Span]]
    percent: int | None


def room_days(rooms: Collection[Room], days: int, zone: ZoneInfo, now: datetime) -> dict[int, list[RoomDay]]:
    """The last so many local days of each room, today the last of them; three queries."""
    today = local_day(now, zone)
    ranges = {day: day_range(day, zone) for day in (today - timedelta(days=back) for back in range(days - 1, -1, -1))}
    start, end = ranges[min(ranges)][0], ranges[today][1]
    ids = [each.pk for each in rooms]
    sessions, saw, belonged = _sessions(ids, start, end), _sight(ids, start, end), _belonged(ids, start, end)

    def room_day(room: Room, day: date, whole: Span) -> RoomDay:
        held = [span for span in sessions[room.pk] if whole[0] <= span[0] < whole[1]]
        # One that runs past midnight belongs to the day on which it begins, whole.
        whole = whole[0], max([whole[1], *(span[1] for span in held)])
        return _room_day(room, day, whole, held, _cut(saw[room.pk], whole), belonged[room.pk], now)

    return {room.pk: [room_day(room, day, whole) for day, whole in ranges.items()] for room in rooms}


def blind_times(room: Room, start: datetime, end: datetime) -> dict[str, list[Span]]:
    """When each camera of a room said that it could not see."""
    rows = BlindSpan.objects.filter(room=room, ends_at__gt=start, starts_at__lt=end).order_by()
    found: dict[str, list[Span]] = defaultdict(list)
    for name, begin, finish in rows.values_list("camera_name", "starts_at", "ends_at"):
        found[name].append((begin, finish))
    return {name: merge_spans(spans) for name, spans in found.items()}


def _room_day(
    room: Room,
    day: date,
    whole: Span,
    sessions: list[Span],
    saw: dict[str, list[Span]],
    belonged: dict[str, list[Span]],
    now: datetime,
) -> RoomDay:
    so_far = [(start, min(end, now - REPORTS_WITHIN)) for start, end in sessions if start < now - REPORTS_WITHIN]
    percent = None
    if so_far:
        times = camera_times(whole, belonged, saw, {})
        room_saw = room_coverage(times.values(), each_camera_sees_all=room.each_camera_sees_all)
        held = merge_spans(so_far)
        covered = sum((covered_time(room_saw, *span) for span in held), timedelta())
        percent = int(covered * 100 // sum((end - start for start, end in held), timedelta()))
    return RoomDay(day, sessions, saw, percent)


def _cut(saw: dict[str, list[Span]], whole: Span) -> dict[str, list[Span]]:
    start, end = whole
    inside = {name: [span for span in spans if span[1] > start and span[0] < end] for name, spans in saw.items()}
    return {name: spans for name, spans in inside.items() if spans}


def _sessions(rooms: list[int], start: datetime, end: datetime) -> dict[int, list[Span]]:
    """Class sessions belong to the day on which they begin."""
    rows = ClassSession.objects.filter(room__in=rooms, starts_at__gte=start, starts_at__lt=end, is_cancelled=False)
    found: dict[int, list[Span]] = defaultdict(list)
    for room, begin, finish in rows.order_by("starts_at").values_list("room", "starts_at", "ends_at"):
        found[room].append((begin, finish))
    return found


def _sight(rooms: list[int], start: datetime, end: datetime) -> dict[int, dict[str, list[Span]]]:
    rows = Sight.objects.filter(room__in=rooms, ends_at__gt=start, starts_at__lt=end + LONGEST).order_by()
    found: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for room, name, begin, finish in rows.values_list("room", "camera_name", "starts_at", "ends_at"):
        found[room][name].append((begin, finish))
    return found


def _belonged(rooms: list[int], start: datetime, end: datetime) -> dict[int, dict[str, list[Span]]]:
    lasted = Q(until__isnull=True) | Q(until__gt=start)
    rows = RoomCamera.objects.filter(lasted, room__in=rooms, since__lt=end).order_by()
    found: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for room, name, since, until in rows.values_list("room", "camera_name", "since", "until"):
        found[room][name].append((since, until or end))
    return found
