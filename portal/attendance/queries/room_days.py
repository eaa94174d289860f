"""How much of the class sessions of the last days the cameras of rooms could see, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.attendance.coverage import Span, camera_times, covered_time, merge_spans, room_coverage
from portal.attendance.models import ClassSession, Room
from portal.attendance.models.timetable import LONGEST
from portal.attendance.queries.room_spans import spans_since
from portal.attendance.queries.sight import BELONGED, BLIND, REPORTS_WITHIN, SAW, Written
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


def room_days(
    rooms: Collection[Room], days: int, zone: ZoneInfo, now: datetime, spans: Iterable[Written] | None = None
) -> dict[int, list[RoomDay]]:
    """The last so many local days of each room, today the last of them; two queries.

    ``spans``: from ``spans_since`` of ``since_days``, where the caller has them already.
    """
    today = local_day(now, zone)
    ranges = {day: day_range(day, zone) for day in (today - timedelta(days=back) for back in range(days - 1, -1, -1))}
    start, end = ranges[min(ranges)][0], ranges[today][1]
    ids = [each.pk for each in rooms]
    spans = list(spans_since(ids, start) if spans is None else spans)
    sessions, saw, belonged = _sessions(ids, start, end), _sight(spans, start, end), _belonged(spans, start, end)

    def room_day(room: Room, day: date, whole: Span) -> RoomDay:
        held = [span for span in sessions[room.pk] if whole[0] <= span[0] < whole[1]]
        # One that runs past midnight belongs to the day on which it begins, whole.
        whole = whole[0], max([whole[1], *(span[1] for span in held)])
        return _room_day(room, day, whole, held, _cut(saw[room.pk], whole), belonged[room.pk], now)

    return {room.pk: [room_day(room, day, whole) for day, whole in ranges.items()] for room in rooms}


def since_days(days: int, now: datetime) -> datetime:
    """When the first of the last so many days has not begun yet, in whatever zone."""
    return now - timedelta(days=days + 1)


def blind_times(spans: Iterable[Written]) -> dict[str, list[Span]]:
    """When each camera of a room said that it could not see."""
    found: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        if span.kind == BLIND and span.ends_at:
            found[span.camera_name].append((span.starts_at, span.ends_at))
    return {name: merge_spans(times) for name, times in found.items()}


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


def _sight(spans: Iterable[Written], start: datetime, end: datetime) -> dict[int, dict[str, list[Span]]]:
    found: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for span in spans:
        if span.kind == SAW and span.ends_at and span.ends_at > start and span.starts_at < end + LONGEST:
            found[span.room_id][span.camera_name].append((span.starts_at, span.ends_at))
    return found


def _belonged(spans: Iterable[Written], start: datetime, end: datetime) -> dict[int, dict[str, list[Span]]]:
    found: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for span in spans:
        until = span.ends_at or end
        if span.kind == BELONGED and until > start and span.starts_at < end:
            found[span.room_id][span.camera_name].append((span.starts_at, until))
    return found
