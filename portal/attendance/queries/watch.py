"""How the rooms are watched now: each camera, what is wrong and since when, and the next class session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from portal.attendance.models import (
    BlindSpan,
    CameraStatus,
    ClassSession,
    OutboxFault,
    Room,
    RoomCamera,
    RoomLease,
    Sight,
)
from portal.attendance.models.timetable import LONGEST
from portal.attendance.queries.cameras import is_silent
from portal.attendance.queries.sight import REPORTS_WITHIN
from portal.attendance.queries.troubles import Kind, Level, Trouble, camera_trouble, newest_version, room_troubles

SOON = timedelta(minutes=30)
"""So long before a class session somebody can still mend a camera for it."""

LOOKED_AHEAD = timedelta(days=14)
"""How far ahead the next class session of a room is looked for."""

FAULTS_SHOWN = timedelta(days=14)
"""For so long an outbox that was damaged is told."""

FORGOTTEN_AFTER = timedelta(days=31)
"""A camera of an older recognizer, of which no row says whether it belongs to the room, counts for so long."""


@dataclass(frozen=True, slots=True)
class WatchedCamera:
    """A camera that belongs to a room: its last word, None where it never spoke, and what is wrong with it."""

    name: str
    status: CameraStatus | None
    trouble: Trouble | None

    @property
    def state(self) -> str:
        """``silent``, ``blind`` or a state of CameraStatus."""
        if self.trouble and self.trouble.kind in (Kind.SILENT, Kind.NEVER):
            return "silent"
        if self.trouble and self.trouble.kind is Kind.BLIND:
            return "blind"
        return self.status.state if self.status else "silent"


@dataclass(frozen=True, slots=True)
class RoomWatch:
    """A room with its cameras, its troubles, the worst first, and the class session that is under way or comes next."""

    room: Room
    cameras: list[WatchedCamera]
    lease: RoomLease | None
    troubles: list[Trouble]
    session: ClassSession | None
    is_needed: bool
    """Whether its class session is under way, or begins within ``SOON``."""

    @property
    def known(self) -> list[CameraStatus]:
        """The last words of its cameras, the newest first."""
        found = [each.status for each in self.cameras if each.status]
        return sorted(found, key=lambda each: each.reported_at, reverse=True)

    @property
    def level(self) -> Level:
        """How bad the worst of its troubles is."""
        return max((each.level for each in self.troubles), default=Level.WELL)

    @property
    def faults(self) -> list[Trouble]:
        """What keeps cameras from seeing, where that keeps the room from being seen as its register asks.

        Where each camera sees all of the room, one that can see is enough.
        """
        found = [each.trouble for each in self.cameras if each.trouble and each.trouble.level is Level.FAULT]
        enough = self.room.each_camera_sees_all and len(found) < len(self.cameras)
        return [] if enough else found

    @property
    def urgency(self) -> tuple[bool, int, bool, bool, str]:
        """For sorting, the worst first."""
        needed = self.is_needed and self.level is Level.FAULT
        return not needed, -self.level, self.session is None, not self.cameras, self.room.name.casefold()


def watch_rooms(now: datetime, rooms: Collection[Room] | None = None) -> list[RoomWatch]:
    """How these rooms, or all, are watched; the worst first. As many queries for one as for all."""
    rooms = list(Room.objects.all()) if rooms is None else rooms
    ids = [each.pk for each in rooms]
    statuses, belonging, leases = _statuses(ids), _belonging(ids), _leases(ids)
    blind, sessions, faults = _blind_now(ids, now), next_sessions(ids, now), _outbox_faults(ids, now)
    newest = newest_version(now)

    def watch(room: Room) -> RoomWatch:
        session = sessions.get(room.pk)
        cameras = [
            WatchedCamera(name, status, camera_trouble(name, status, since, blind.get((room.pk, name)), session, now))
            for name, status, since in _cameras(statuses[room.pk], belonging[room.pk], now)
        ]
        lease = leases.get(room.pk)
        alive = [each.status for each in cameras if each.status and not is_silent(each.status.reported_at, now)]
        known = [each.status for each in cameras if each.status]
        troubles = [each.trouble for each in cameras if each.trouble]
        troubles += room_troubles(known, alive, lease, faults[room.pk], newest, now)
        if not cameras and session:
            troubles.append(Trouble(Kind.NO_CAMERA, Level.WARNING))
        troubles.sort(key=lambda each: (-each.level, each.camera_name))
        is_needed = session is not None and session.starts_at <= now + SOON
        return RoomWatch(room, cameras, lease, troubles, session, is_needed)

    return sorted((watch(room) for room in rooms), key=lambda each: each.urgency)


def _statuses(rooms: list[int]) -> dict[int, dict[str, CameraStatus]]:
    found: dict[int, dict[str, CameraStatus]] = defaultdict(dict)
    for status in CameraStatus.objects.filter(room__in=rooms).order_by():
        found[status.room_id][status.camera_name] = status
    return found


def _belonging(rooms: list[int]) -> dict[int, dict[str, datetime | None]]:
    """Since when each camera belongs to its room; None for one that is no longer there."""
    found: dict[int, dict[str, datetime | None]] = defaultdict(dict)
    rows = RoomCamera.objects.filter(room__in=rooms).order_by()
    for room, name, since, until in rows.values_list("room", "camera_name", "since", "until"):
        if until is None:
            found[room][name] = since
        else:
            found[room].setdefault(name, None)
    return found


def _cameras(
    statuses: dict[str, CameraStatus], belonging: dict[str, datetime | None], now: datetime
) -> list[tuple[str, CameraStatus | None, datetime | None]]:
    """The cameras of a room by name, each with its last word and since when it belongs there."""
    found = []
    for name in sorted({*statuses, *belonging}):
        status = statuses.get(name)
        if name in belonging:
            is_there = belonging[name] is not None
        else:
            is_there = status is not None and now - status.reported_at < FORGOTTEN_AFTER
        if is_there:
            found.append((name, status, belonging.get(name)))
    return found


def _leases(rooms: list[int]) -> dict[int, RoomLease]:
    return {each.room_id: each for each in RoomLease.objects.filter(room__in=rooms).order_by()}


def _blind_now(rooms: list[int], now: datetime) -> dict[tuple[int, str], BlindSpan]:
    """The cameras that said last that they could not see, by room and name. What they say is minutes old at most."""
    since = now - REPORTS_WITHIN
    found: dict[tuple[int, str], BlindSpan] = {}
    for span in BlindSpan.objects.filter(room__in=rooms, ends_at__gt=since).order_by("ends_at"):
        found[span.room_id, span.camera_name] = span
    saw = Sight.objects.filter(room__in={room for room, _ in found}, ends_at__gt=since).order_by()
    for room, name, until in saw.values_list("room", "camera_name", "ends_at"):
        if (said := found.get((room, name))) and until >= said.ends_at:
            del found[room, name]
    return found


def next_sessions(rooms: list[int], now: datetime) -> dict[int, ClassSession]:
    """The class session of each room that is under way or comes next, within ``LOOKED_AHEAD``; with its course."""
    to_come = ClassSession.objects.filter(
        room__in=rooms,
        starts_at__gte=now - LONGEST,
        starts_at__lt=now + LOOKED_AHEAD,
        ends_at__gt=now,
        is_cancelled=False,
    ).order_by()
    starts = dict(to_come.values("room").annotate(at=Min("starts_at")).values_list("room", "at"))
    sessions = to_come.filter(room__in=starts.keys(), starts_at__in=set(starts.values())).select_related("course")
    return {each.room_id: each for each in sessions.order_by("-pk") if starts.get(each.room_id) == each.starts_at}


def _outbox_faults(rooms: list[int], now: datetime) -> dict[int, list[OutboxFault]]:
    found: dict[int, list[OutboxFault]] = defaultdict(list)
    rows: Iterable[OutboxFault] = OutboxFault.objects.filter(room__in=rooms, happened_at__gt=now - FAULTS_SHOWN)
    for fault in rows:
        found[fault.room_id].append(fault)
    return found
