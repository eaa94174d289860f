"""How a running recognizer is: one frozen object, from which every answer about it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from recognizer.domain.register.status import CameraState

FORMAT = 1
"""Of the document; raised when a key changes its meaning or goes. Keys that are added change nothing."""


@dataclass(frozen=True, slots=True)
class CameraCondition:
    """One camera. Instants are naive UTC, as far as known by the database's clock."""

    name: str
    address: str
    """Without a secret."""
    state: CameraState
    since: datetime
    last_frame_at: datetime | None
    """None where no frame came since the start."""
    last_frame_age_seconds: float | None
    looks_per_second: float | None
    """None while nobody looks."""
    faces: int | None
    """In sight; None while nobody looks."""
    blind_because: str
    """A word of BLIND_REASONS where pictures come that nobody can be seen or named by."""
    last_error: str
    """Empty once the camera was well for a minute."""
    failures: int
    """Since the start; looks too."""
    looks: int


@dataclass(frozen=True, slots=True)
class LeaseStatus:
    """Whose the room is. ``machine`` and ``since`` are those of the other recognizer where this one waits."""

    state: Literal["held", "waiting", "not asked yet"]
    machine: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """Whether the database answers. error: why it does not."""

    state: Literal["answers", "away", "not asked yet"]
    since: datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """Entries that are not in the database."""

    waiting: int
    set_aside: int
    """Refused by the database; ``recognizer outbox`` lists them."""
    in_memory: int
    """Of those that wait, how many the disk does not take."""


@dataclass(frozen=True, slots=True)
class GalleryStatus:
    """Whom the room's gallery can name. version: as ``Gallery.version``. error: why it cannot be used."""

    students: int
    version: str | None
    error: str


@dataclass(frozen=True, slots=True)
class ClockStatus:
    """offset_seconds: how far the database's clock is ahead of this machine's; None where that is not known."""

    offset_seconds: float | None
    is_wrong: bool
    """Nobody is marked by it."""


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """A class session of the room, with the instants between which its cameras watch."""

    course: str
    opens_at: datetime
    ends_at: datetime
    students: int


@dataclass(frozen=True, slots=True)
class RecognizerStatus:
    """A running recognizer."""

    version: str
    room: str
    machine: str
    process: int
    told_at: datetime
    """When this was so."""
    started_at: datetime
    uptime_seconds: float
    is_alive: bool
    """Both its loops turn: that of the cameras and that of the database."""
    is_started: bool
    """Every camera has delivered, failed once, or rests."""
    cameras: tuple[CameraCondition, ...]
    lease: LeaseStatus
    database: DatabaseStatus
    outbox: OutboxStatus
    gallery: GalleryStatus
    clock: ClockStatus
    open_sessions: tuple[SessionStatus, ...]
    next_session: SessionStatus | None


def make_document(status: RecognizerStatus, troubles: Sequence[str]) -> dict[str, Any]:
    """The status as JSON has it: instants as ISO 8601 in UTC, and the troubles beside it."""
    return {"format": FORMAT, **_plain(asdict(status)), "troubles": list(troubles)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value
