"""What the recognizer says of its cameras."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CameraState = Literal["starting", "watching", "failing", "resting", "stopped"]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """The last word of a camera; instants are naive UTC."""

    camera_name: str
    state: CameraState
    reported_at: datetime
    last_frame_at: datetime | None
    """None when no frame came since the start: the board then keeps what it knows."""
    version: str
    outbox_depth: int
    gallery_size: int
    """Students in the gallery."""
