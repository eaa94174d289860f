"""How the cameras are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.attendance.models import CameraStatus

SILENT_AFTER = timedelta(minutes=2)
"""A camera that has reported nothing for so long is silent, whatever it said last."""


@dataclass(frozen=True, slots=True)
class CameraNote:
    """A camera's state as a person needs it: ``silent`` takes the place of an old report."""

    name: str
    state: str
    reported_at: datetime
    last_frame_at: datetime | None
    silent_minutes: int


def camera_note(camera: CameraStatus, now: datetime) -> CameraNote:
    """What to say of a camera now."""
    silence = now - camera.reported_at
    silent = silence > SILENT_AFTER and camera.state != CameraStatus.State.STOPPED
    return CameraNote(
        name=camera.camera_name,
        state="silent" if silent else camera.state,
        reported_at=camera.reported_at,
        last_frame_at=camera.last_frame_at,
        silent_minutes=int(silence.total_seconds() // 60),
    )
