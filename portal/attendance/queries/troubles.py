"""What is wrong with a room's cameras and with the recognizer that watches them: the facts, without words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from portal.attendance.models import BlindSpan, CameraStatus, ClassSession, OutboxFault, RoomLease
from portal.attendance.queries.cameras import SILENT_AFTER, is_silent
from portal.attendance.queries.sight import Written

WAITING_MANY = 100
"""With fewer entries in its outbox a recognizer is at work; with more it does not keep up, or was cut off."""

CLOCK_OFF_SECONDS = 60.0
"""From so much on, what cameras see marks nobody until a person has confirmed it."""

STARTS_WITHIN = timedelta(minutes=2)
"""A camera that starts for longer has trouble."""

LIGHT_ON_WITHIN = timedelta(minutes=5)
"""So long after the start of a class session a dark room has its light on: before, nobody may be there."""


class Level(IntEnum):
    """How bad something is.

    A fault keeps a camera from seeing. A warning will cost something unless somebody mends it. A note is to be known.
    """

    WELL = 0
    NOTE = 1
    WARNING = 2
    FAULT = 3


class Kind(StrEnum):
    """What can be wrong."""

    NEVER = "never"
    SILENT = "silent"
    STOPPED = "stopped"
    FAILING = "failing"
    STARTING = "starting"
    BLIND = "blind"
    NO_CAMERA = "no camera"
    SET_ASIDE = "set aside"
    IN_MEMORY = "in memory"
    OUTBOX = "outbox"
    OUTBOX_FAULT = "outbox fault"
    CLOCK = "clock"
    NOBODY_ENROLLED = "nobody enrolled"
    GALLERIES = "galleries"
    VERSION = "version"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: with a camera, or with the room where no camera is named.

    ``detail`` is a text of the recognizer, a reason of BlindSpan or a host name; ``amount`` a number of entries or of
    seconds.
    """

    kind: Kind
    level: Level
    camera_name: str = ""
    since: datetime | None = None
    detail: str = ""
    amount: float = 0
    fault: OutboxFault | None = None


def camera_trouble(
    name: str,
    status: CameraStatus | None,
    belongs_since: datetime | None,
    blind: Written | None,
    session: ClassSession | None,
    now: datetime,
) -> Trouble | None:
    """What keeps a camera from seeing; None where it sees or rests. ``session`` is the room's, under way or next."""
    if status is None:
        return Trouble(Kind.NEVER, Level.FAULT, name, belongs_since)
    if status.state == CameraStatus.State.STOPPED:
        return Trouble(Kind.STOPPED, Level.FAULT, name, status.state_since or status.reported_at)
    if is_silent(status.reported_at, now):
        since = status.reported_at if status.reported_at <= now else None
        return Trouble(Kind.SILENT, Level.FAULT, name, since)
    if status.state == CameraStatus.State.FAILING:
        since = status.state_since or status.last_frame_at
        return Trouble(Kind.FAILING, Level.FAULT, name, since, status.last_error or "")
    if status.state == CameraStatus.State.STARTING:
        since = status.state_since
        return Trouble(Kind.STARTING, Level.FAULT, name, since) if since and now - since > STARTS_WITHIN else None
    if blind is None or status.state == CameraStatus.State.RESTING:
        return None
    is_lit = blind.reason != BlindSpan.Reason.DARK
    level = Level.FAULT if is_lit or _has_begun(session, now) else Level.NOTE
    return Trouble(Kind.BLIND, level, name, blind.starts_at, blind.reason)


def _has_begun(session: ClassSession | None, now: datetime) -> bool:
    return session is not None and session.starts_at + LIGHT_ON_WITHIN <= now


def room_troubles(
    known: Sequence[CameraStatus],
    alive: Sequence[CameraStatus],
    lease: RoomLease | None,
    faults: Sequence[OutboxFault],
    newest: str,
    now: datetime,
) -> list[Trouble]:
    """What is wrong with the recognizer of a room.

    ``known`` are the last words of its cameras, ``alive`` those that still report.
    """
    found = []
    if refused := max((each.refused_marks for each in known), default=0):
        found.append(Trouble(Kind.SET_ASIDE, Level.WARNING, amount=refused))
    found += [Trouble(Kind.OUTBOX_FAULT, Level.WARNING, since=each.happened_at, fault=each) for each in faults]
    if in_memory := max((each.kept_in_memory for each in alive), default=0):
        found.append(Trouble(Kind.IN_MEMORY, Level.WARNING, amount=in_memory))
    if (depth := max((each.outbox_depth for each in alive), default=0)) >= WAITING_MANY:
        found.append(Trouble(Kind.OUTBOX, Level.WARNING, amount=depth))
    if (offset := max((each.clock_offset_seconds or 0.0 for each in alive), default=0.0, key=abs)) and (
        abs(offset) >= CLOCK_OFF_SECONDS
    ):
        found.append(Trouble(Kind.CLOCK, Level.WARNING, amount=offset))
    if alive and not any(each.gallery_size for each in alive):
        found.append(Trouble(Kind.NOBODY_ENROLLED, Level.WARNING))
    if len({each.gallery_version for each in alive if each.gallery_version}) > 1:
        found.append(Trouble(Kind.GALLERIES, Level.WARNING))
    if lease and lease.waiting_machine and lease.waiting_at and abs(now - lease.waiting_at) <= SILENT_AFTER:
        found.append(Trouble(Kind.WAITING, Level.NOTE, since=lease.held_since, detail=lease.waiting_machine))
    if old := {each.version for each in alive if _parts(each.version) < _parts(newest)}:
        found.append(Trouble(Kind.VERSION, Level.NOTE, detail=min(old, key=_parts)))
    return found


def newest_version(versions: Iterable[str]) -> str:
    """The newest of these releases; empty where there is none."""
    return max(versions, key=_parts, default="")


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
