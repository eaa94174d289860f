"""When the cameras of a room could see, as it was written down at the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db.models import Q

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

REPORTS_WITHIN = timedelta(minutes=3)
"""A camera writes down what it could see once a minute, and delivery takes its time: what is younger than this and not
written yet is not called blind."""

Row = TypeVar("Row", Sight, BlindSpan)

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

    The sessions need their rooms loaded. Three queries, however many sessions there are.
    """
    if not sessions:
        return {}
    rooms = {each.room_id for each in sessions}
    start, end = min(each.starts_at for each in sessions), max(each.ends_at for each in sessions)
    overlapping = {"room__in": rooms, "ends_at__gt": start, "starts_at__lt": end}
    saw = list(Sight.objects.filter(**overlapping).order_by("camera_name", "starts_at"))
    blind = list(BlindSpan.objects.filter(**overlapping).order_by("camera_name", "starts_at"))
    lasted = Q(until__isnull=True) | Q(until__gt=start)
    belonged = list(RoomCamera.objects.filter(lasted, room__in=rooms, since__lt=end))
    return {
        each.pk: _sight_of_one(each, _within(each, saw), _within(each, blind), _belonged(each, belonged), now)
        for each in sessions
    }


def _within(session: ClassSession, rows: Iterable[Row]) -> list[Row]:
    return [
        row
        for row in rows
        if row.room_id == session.room_id and row.ends_at > session.starts_at and row.starts_at < session.ends_at
    ]


def _belonged(session: ClassSession, rows: Iterable[RoomCamera]) -> dict[str, list[Span]]:
    """When cameras belonged to the room in the time of the class session, by their names."""
    found: dict[str, list[Span]] = {}
    for row in rows:
        span = row.since, row.until or session.ends_at
        if row.room_id == session.room_id and span[1] > session.starts_at and span[0] < session.ends_at:
            found.setdefault(row.camera_name, []).append(span)
    return found


def _sight_of_one(
    session: ClassSession,
    saw: list[Sight],
    blind: list[BlindSpan],
    belonged: dict[str, list[Span]],
    now: datetime,
) -> SessionSight:
    # A closed register was decided by all of the class session, so that is what its pages speak of.
    until = session.ends_at if session.closed_at else min(session.ends_at, now - REPORTS_WITHIN)
    start, end = session.starts_at, max(session.starts_at, until)
    so_far = [(start, end)] if end > start else []
    times = camera_times((session.starts_at, session.ends_at), belonged, _by_camera(saw), _by_camera(blind))
    cameras = [_camera_sight(name, each, so_far, blind) for name, each in times.items()]
    room = room_coverage(times.values(), each_camera_sees_all=session.room.each_camera_sees_all)
    blind_room = subtract_spans(so_far, room) if times else []
    return SessionSight(cameras, room, blind_room, _percent(room, so_far), is_recorded=bool(saw or blind))


def _camera_sight(name: str, times: CameraTimes, so_far: list[Span], blind: list[BlindSpan]) -> CameraSight:
    belonged = intersect_spans(times.belonged, so_far)
    rows = [row for row in blind if row.camera_name == name]
    return CameraSight(
        name=name,
        saw=times.saw,
        blind=_blind_stretches(name, subtract_spans(belonged, times.saw), rows),
        percent=_percent(times.saw, belonged),
        is_silent=not times.saw and not rows and bool(belonged),
        is_blind_last=bool(rows) and max(row.ends_at for row in rows) > max(end for _, end in times.saw or [_NEVER]),
    )


def _by_camera(rows: Iterable[Sight | BlindSpan]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for row in rows:
        found.setdefault(row.camera_name, []).append((row.starts_at, row.ends_at))
    return found


def _percent(spans: list[Span], within: list[Span]) -> int:
    """Rounded down: 79.9 is not yet 80."""
    whole = sum((end - start for start, end in within), timedelta())
    covered = sum((covered_time(spans, start, end) for start, end in within), timedelta())
    return int(covered * 100 // whole) if whole else 0


def _blind_stretches(name: str, open_times: list[Span], rows: list[BlindSpan]) -> list[BlindStretch]:
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
