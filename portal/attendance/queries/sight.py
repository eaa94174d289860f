"""When the cameras of a room could see, as it was written down at the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from portal.attendance.coverage import Span, covered_time, intersect_spans, merge_spans, room_coverage
from portal.attendance.models import BlindSpan, ClassSession, Sight

REPORTS_WITHIN = timedelta(minutes=3)
"""A camera writes down what it could see once a minute, and delivery takes its time: what is younger than this and not
written yet is not called blind."""

Row = TypeVar("Row", Sight, BlindSpan)

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
    """One camera in one class session: when it could see, when it could not, and how much of the time so far."""

    name: str
    saw: list[Span]
    blind: list[BlindStretch]
    percent: int


@dataclass(frozen=True, slots=True)
class SessionSight:
    """All cameras of a room in one class session.

    ``blind`` are the times in which the room as a whole could not be seen, ``percent`` is how much of the time so far
    it could. Without a camera that wrote anything down nothing is known, and both are empty.
    """

    cameras: list[CameraSight]
    saw: list[Span]
    blind: list[Span]
    percent: int

    @property
    def is_recorded(self) -> bool:
        return bool(self.cameras)


def sight_of(sessions: Collection[ClassSession], now: datetime) -> dict[int, SessionSight]:
    """What the cameras of each class session's room could see of it, by the id of the class session.

    The sessions need their rooms loaded. Two queries, however many sessions there are.
    """
    if not sessions:
        return {}
    rooms = {each.room_id for each in sessions}
    overlapping = {
        "room__in": rooms,
        "ends_at__gt": min(each.starts_at for each in sessions),
        "starts_at__lt": max(each.ends_at for each in sessions),
    }
    saw = list(Sight.objects.filter(**overlapping).order_by("camera_name", "starts_at"))
    blind = list(BlindSpan.objects.filter(**overlapping).order_by("camera_name", "starts_at"))
    return {each.pk: _sight_of_one(each, _within(each, saw), _within(each, blind), now) for each in sessions}


def _within(session: ClassSession, rows: Iterable[Row]) -> list[Row]:
    return [
        row
        for row in rows
        if row.room_id == session.room_id and row.ends_at > session.starts_at and row.starts_at < session.ends_at
    ]


def _sight_of_one(session: ClassSession, saw: list[Sight], blind: list[BlindSpan], now: datetime) -> SessionSight:
    # A closed register was decided by all of the class session, so that is what its pages speak of.
    until = session.ends_at if session.closed_at else min(session.ends_at, now - REPORTS_WITHIN)
    start, end = session.starts_at, max(session.starts_at, until)
    so_far = [(start, end)] if end > start else []
    names = sorted({row.camera_name for row in (*saw, *blind)})
    spans = {name: merge_spans(_cut(row, session) for row in saw if row.camera_name == name) for name in names}
    cameras = [
        CameraSight(
            name=name,
            saw=spans[name],
            blind=_blind_stretches(name, gaps(spans[name], so_far), [b for b in blind if b.camera_name == name]),
            percent=_percent(spans[name], start, end),
        )
        for name in names
    ]
    room = room_coverage(spans, each_camera_sees_all=session.room.each_camera_sees_all)
    blind_room = gaps(room, so_far) if names else []
    return SessionSight(cameras, room, blind_room, _percent(room, start, end))


def _cut(row: Sight | BlindSpan, session: ClassSession) -> Span:
    return max(row.starts_at, session.starts_at), min(row.ends_at, session.ends_at)


def _percent(spans: list[Span], start: datetime, end: datetime) -> int:
    """Rounded down: 79.9 is not yet 80."""
    return int(covered_time(spans, start, end) * 100 // (end - start)) if end > start else 0


def gaps(spans: list[Span], within: list[Span]) -> list[Span]:
    """The times of ``within`` that the spans leave open; both must be merged already."""
    if not within:
        return []
    edges = [within[0][0], *(instant for span in spans for instant in span), within[-1][1]]
    between = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2) if edges[at] < edges[at + 1]]
    return intersect_spans(between, within)


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
        known += [(begin, finish, "") for begin, finish in gaps(explained, [(start, end)])]
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
