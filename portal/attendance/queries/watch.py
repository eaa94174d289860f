"""How the rooms are watched now: each camera, what is wrong and since when, and the next class session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from portal.attendance.models import CameraStatus, ClassSession, OutboxFault, Room, RoomLease
from portal.attendance.models.timetable import LONGEST
from portal.attendance.queries.cameras import is_silent
from portal.attendance.queries.room_spans import spans_since
from portal.attendance.queries.sight import BELONGED, BLIND, REPORTS_WITHIN, SAW, Written
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


def rooms_to_watch(now: datetime) -> QuerySet[Room]:
    """The rooms with what ``watch_rooms`` needs of each."""
    to_come = ClassSession.objects.filter(
        room=OuterRef("pk"),
        starts_at__gte=now - LONGEST,
        starts_at__lt=now + LOOKED_AHEAD,
        ends_at__gt=now,
        is_cancelled=False,
    )
    following = Subquery(to_come.order_by("starts_at", "pk").values("pk")[:1])
    return Room.objects.select_related("lease").annotate(next_session=following)


def watch_rooms(now: datetime) -> list[RoomWatch]:
    """How all rooms are watched, the worst first."""
    rooms = list(rooms_to_watch(now))
    ids = [each.pk for each in rooms]
    statuses = list(CameraStatus.objects.order_by())
    newest = newest_version(each.version for each in statuses if not is_silent(each.reported_at, now))
    found = _watch(rooms, statuses, spans_since(ids, now - REPORTS_WITHIN), newest, now)
    return sorted(found, key=lambda each: each.urgency)


def watch_room(room: Room, spans: Iterable[Written], newest: str, now: datetime) -> RoomWatch:
    """The same of one of ``rooms_to_watch``. ``spans``: from ``spans_since`` at least so long ago as a camera reports;
    ``newest``: of the recognizers of all rooms."""
    statuses = CameraStatus.objects.filter(room=room).order_by()
    (found,) = _watch([room], statuses, spans, newest, now)
    return found


def _watch(
    rooms: Collection[Room], known: Iterable[CameraStatus], spans: Iterable[Written], newest: str, now: datetime
) -> list[RoomWatch]:
    spans = list(spans)
    statuses, belonging, blind = _statuses(known), _belonging(spans), _blind_now(spans, now)
    sessions, faults = _next_sessions(rooms), _outbox_faults([each.pk for each in rooms], now)

    def watch(room: Room) -> RoomWatch:
        session = sessions.get(room.pk)
        cameras = [
            WatchedCamera(name, status, camera_trouble(name, status, since, blind.get((room.pk, name)), session, now))
            for name, status, since in _cameras(statuses[room.pk], belonging[room.pk], now)
        ]
        lease = getattr(room, "lease", None)
        alive = [each.status for each in cameras if each.status and not is_silent(each.status.reported_at, now)]
        known = [each.status for each in cameras if each.status]
        troubles = [each.trouble for each in cameras if each.trouble]
        troubles += room_troubles(known, alive, lease, faults[room.pk], newest, now)
        if not cameras and session:
            troubles.append(Trouble(Kind.NO_CAMERA, Level.WARNING))
        troubles.sort(key=lambda each: (-each.level, each.camera_name))
        is_needed = session is not None and session.starts_at <= now + SOON
        return RoomWatch(room, cameras, lease, troubles, session, is_needed)

    return [watch(room) for room in rooms]


def _statuses(known: Iterable[CameraStatus]) -> dict[int, dict[str, CameraStatus]]:
    found: dict[int, dict[str, CameraStatus]] = defaultdict(dict)
    for status in known:
        found[status.room_id][status.camera_name] = status
    return found


def _belonging(spans: Iterable[Written]) -> dict[int, dict[str, datetime | None]]:
    """Since when each camera belongs to its room; None for one that is no longer there."""
    found: dict[int, dict[str, datetime | None]] = defaultdict(dict)
    for span in spans:
        if span.kind == BELONGED and span.ends_at is None:
            found[span.room_id][span.camera_name] = span.starts_at
        elif span.kind == BELONGED:
            found[span.room_id].setdefault(span.camera_name, None)
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


def _blind_now(spans: Iterable[Written], now: datetime) -> dict[tuple[int, str], Written]:
    """The cameras that said last that they could not see, by room and name. What they say is minutes old at most."""
    last: dict[tuple[int, str], Written] = {}
    said = [(span.ends_at, span.kind == SAW, span) for span in spans if span.kind != BELONGED and span.ends_at]
    # Of two that end together it is the one in which it saw.
    for ends_at, _, span in sorted(said, key=itemgetter(0, 1)):
        if ends_at > now - REPORTS_WITHIN:
            last[span.room_id, span.camera_name] = span
    return {camera: span for camera, span in last.items() if span.kind == BLIND}


def _next_sessions(rooms: Iterable[Any]) -> dict[int, ClassSession]:
    """The class session of each room that is under way or comes next, within ``LOOKED_AHEAD``; with its course."""
    wanted = [each.next_session for each in rooms if each.next_session]
    return {each.room_id: each for each in ClassSession.objects.filter(pk__in=wanted).select_related("course")}


def _outbox_faults(rooms: list[int], now: datetime) -> dict[int, list[OutboxFault]]:
    found: dict[int, list[OutboxFault]] = defaultdict(list)
    rows: Iterable[OutboxFault] = OutboxFault.objects.filter(room__in=rooms, happened_at__gt=now - FAULTS_SHOWN)
    for fault in rows:
        found[fault.room_id].append(fault)
    return found
