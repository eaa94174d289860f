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
    """Since when it is in this state."""
    looks_per_second: float | None = None
    """How many of its pictures are searched for faces."""
    faces: int | None = None
    """Faces in the picture searched last."""
    gallery_version: str | None = None
    """Stands for the content of the gallery file; 16 characters at most."""
    last_error: str | None = None
    """Why it fails, or failed last: one sentence of at most 200 characters, without passwords."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the recognizer itself is; part of every camera's status."""

    version: str
    outbox_depth: int
    gallery_size: int
    refused_marks: int
    kept_in_memory: int = 0
