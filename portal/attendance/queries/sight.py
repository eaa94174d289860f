"""When the cameras of a room could see, as it was written down at the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Value

from portal.attendance.coverage import (
    CameraTimes,
    Span,
    camera_times,
    covered_time,
    intersect_spans,
    merge_spans,
    room_coverage,
    subtract_spans,
)
from portal.attendance.models import BlindSpan, ClassSession, RoomCamera, Sight
from portal.web.prepared import prepared

REPORTS_WITHIN = timedelta(minutes=3)
"""A camera writes down what it could see once a minute, and delivery takes its time: what is younger than this and not
written yet is not called blind."""


class Written(NamedTuple):
    """What was written down of one camera: that it saw, was blind, or belonged to the room; ``ends_at`` None: still."""

    kind: str
    room_id: int
    camera_name: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str = ""


class Stretch(NamedTuple):
    """The same of sight and blindness, which have an end."""

    camera_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str


SAW, BLIND, BELONGED = "saw", "blind", "belonged"

_NEVER = (datetime.min.replace(tzinfo=UTC),) * 2

JOINED_GAP = timedelta(minutes=1)
"""Stretches of one reason that are no farther apart than this are told as one."""


@dataclass(frozen=True, slots=True)
class BlindStretch:
    """A time in which a camera could not see; ``reason`` is one of BlindSpan.Reason, or empty where none is known."""

    camera_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CameraSight:
    """One camera in one class session: when it could see, when it could not, and how much of the time so far.

    That is of the time in which it belonged to the room. ``is_silent``: it wrote nothing of the class session at all.
    ``is_blind_last``: the last thing that it wrote is that it was blind.
    """

    name: str
    saw: list[Span]
    blind: list[BlindStretch]
    percent: int
    is_silent: bool
    is_blind_last: bool = False


@dataclass(frozen=True, slots=True)
class SessionSight:
    """All cameras of a room in one class session.

    ``blind`` are the times in which the room as a whole could not be seen, ``percent`` is how much of the time so far
    it could. ``is_recorded``: some camera wrote down that it saw or was blind; else nothing is known.
    """

    cameras: list[CameraSight]
    saw: list[Span]
    blind: list[Span]
    percent: int
    is_recorded: bool


def sight_of(sessions: Collection[ClassSession], now: datetime) -> dict[int, SessionSight]:
    """What the cameras of each class session's room could see of it, by the id of the class session.

    The sessions need their rooms loaded. One query, however many sessions there are.
    """
    if not sessions:
        return {}
    rooms = {each.room_id for each in sessions}
    start, end = min(each.starts_at for each in sessions), max(each.ends_at for each in sessions)
    written = _written(rooms, start, end)
    return {each.pk: _sight_of_one(each, [row for row in written if _is_within(row, each)], now) for each in sessions}


def _written(rooms: Iterable[int], start: datetime, end: datetime) -> list[Written]:
    """What cameras of the rooms wrote of that time, by camera and time."""
    rows = [Written(*row) for row in _rows_written(tuple(sorted(rooms)), start, end)]
    return sorted(rows, key=lambda row: (row.camera_name, row.starts_at))


@prepared
def _rows_written(rooms: tuple[int, ...], start: datetime, end: datetime) -> QuerySet[Any, tuple[Any, ...]]:
    where = {"room__in": rooms, "ends_at__gt": start, "starts_at__lt": end}
    times = ("room", "camera_name", "starts_at", "ends_at")
    saw = Sight.objects.filter(**where).order_by().values_list(Value(SAW), *times, Value(""))
    blind = BlindSpan.objects.filter(**where).order_by().values_list(Value(BLIND), *times, "reason")
    lasted = Q(until__isnull=True) | Q(until__gt=start)
    cameras = RoomCamera.objects.filter(lasted, room__in=rooms, since__lt=end).order_by()
    belonged = cameras.values_list(Value(BELONGED), "room", "camera_name", "since", "until", Value(""))
    return belonged.union(saw, blind, all=True)


def _is_within(row: Written, session: ClassSession) -> bool:
    ends_at = row.ends_at or session.ends_at
    return row.room_id == session.room_id and ends_at > session.starts_at and row.starts_at < session.ends_at


def _sight_of_one(session: ClassSession, written: list[Written], now: datetime) -> SessionSight:
    # A closed register was decided by all of the class session, so that is what its pages speak of.
    until = session.ends_at if session.closed_at else min(session.ends_at, now - REPORTS_WITHIN)
    start, end = session.starts_at, max(session.starts_at, until)
    so_far = [(start, end)] if end > start else []
    found: dict[str, dict[str, list[Stretch]]] = {SAW: {}, BLIND: {}, BELONGED: {}}
    for row in written:
        stretch = Stretch(row.camera_name, row.starts_at, row.ends_at or session.ends_at, row.reason)
        found[row.kind].setdefault(row.camera_name, []).append(stretch)
    spans = {kind: {name: [row[1:3] for row in rows] for name, rows in by.items()} for kind, by in found.items()}
    times = camera_times((session.starts_at, session.ends_at), spans[BELONGED], spans[SAW], spans[BLIND])
    cameras = [_camera_sight(name, each, so_far, found[BLIND].get(name, [])) for name, each in times.items()]
    room = room_coverage(times.values(), each_camera_sees_all=session.room.each_camera_sees_all)
    blind_room = subtract_spans(so_far, room) if times else []
    is_recorded = bool(found[SAW] or found[BLIND])
    return SessionSight(cameras, room, blind_room, _percent(room, so_far), is_recorded)


def _camera_sight(name: str, times: CameraTimes, so_far: list[Span], rows: list[Stretch]) -> CameraSight:
    belonged = intersect_spans(times.belonged, so_far)
    return CameraSight(
        name=name,
        saw=times.saw,
        blind=_blind_stretches(name, subtract_spans(belonged, times.saw), rows),
        percent=_percent(times.saw, belonged),
        is_silent=not times.saw and not rows and bool(belonged),
        is_blind_last=bool(rows) and max(row.ends_at for row in rows) > max(end for _, end in times.saw or [_NEVER]),
    )


def _percent(spans: list[Span], within: list[Span]) -> int:
    """Rounded down: 79.9 is not yet 80."""
    whole = sum((end - start for start, end in within), timedelta())
    covered = sum((covered_time(spans, start, end) for start, end in within), timedelta())
    return int(covered * 100 // whole) if whole else 0


def _blind_stretches(name: str, open_times: list[Span], rows: list[Stretch]) -> list[BlindStretch]:
    """Each time without sight with its reason where one was written down, in the order of time.

    What is shorter than a minute is left out: a camera that writes once a minute leaves such gaps.
    """
    found = []
    for start, end in open_times:
        known = [
            (max(row.starts_at, start), min(row.ends_at, end), row.reason)
            for row in rows
            if row.ends_at > start and row.starts_at < end
        ]
        explained = merge_spans((begin, finish) for begin, finish, _ in known)
        known += [(begin, finish, "") for begin, finish in subtract_spans([(start, end)], explained)]
        found += [BlindStretch(name, *each) for each in sorted(known)]
    return [each for each in _join(found) if each.ends_at - each.starts_at >= timedelta(minutes=1)]


def _join(stretches: list[BlindStretch]) -> list[BlindStretch]:
    joined: list[BlindStretch] = []
    for each in stretches:
        before = joined[-1] if joined else None
        if before and before.reason == each.reason and each.starts_at - before.ends_at <= JOINED_GAP:
            joined[-1] = BlindStretch(each.camera_name, before.starts_at, each.ends_at, each.reason)
        else:
            joined.append(each)
    return joined
