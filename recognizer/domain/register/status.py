"""What the recognizer says of its cameras."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CameraState = Literal["starting", "watching", "failing", "resting", "stopped"]


@dataclass(frozen=True, slots=True)
class CameraWord:
    """How one camera is; ``last_frame_at`` is naive UTC, None when no frame came since the start."""

    camera_name: str
    state: CameraState
    last_frame_at: datetime | None
    changed_at: float = 0.0
    """When it came to this state, in monotonic seconds, which no clock that is set can shift."""
    looks_per_second: float | None = None
    """None while nobody looks."""
    faces: int | None = None
    """How many are in sight; None while nobody looks."""
    blind_because: str = ""
    """Why it cannot see or name although pictures come, a word of BLIND_REASONS; empty where it can."""
    last_error: str = ""
    """Why it failed last, one line without a secret; empty once it was well for a while."""
    failures: int = 0
    """How often it has failed since the start."""
    looks: int = 0
    """At how many frames it has looked since the start."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """A camera's word as it stands on the board; instants are naive UTC."""

    camera_name: str
    state: CameraState
    reported_at: datetime
    last_frame_at: datetime | None
    """None when no frame came since the start: the board then keeps what it knows."""
    version: str
    outbox_depth: int
    gallery_size: int
    """Students in the gallery."""
    refused_marks: int = 0
    """Entries set aside because the database refused them."""
    clock_offset_seconds: float | None = None
    """How far the database's clock is ahead of this machine's; None where it was not measured."""
    kept_in_memory: int = 0
    """Entries that would be lost if the recognizer ended now: its disk takes nothing."""
    state_since: datetime | None = None
    """When the camera came to this state."""
    looks_per_second: float | None = None
    """None while nobody looks."""
    faces: int | None = None
    """How many are in sight; None while nobody looks."""
    gallery_version: str | None = None
    """As ``Gallery.version``; None while the gallery cannot be used."""
    gallery_scope: str | None = None
    """``rosters`` where the gallery keeps nobody else, so that visitors are not known; else ``all``."""
    last_error: str | None = None
    """Why the camera failed last, or why nobody can be named, in one line without a secret."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the recognizer itself is; part of every camera's status."""

    version: str
    outbox_depth: int
    gallery_size: int
    refused_marks: int
    kept_in_memory: int = 0
    gallery_version: str | None = None
    gallery_scope: str = "all"
    gallery_error: str = ""
    """Why the gallery cannot be used, one line without a secret; empty where it can."""
