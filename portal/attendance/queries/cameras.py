"""How the cameras are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from portal.attendance.models import CameraStatus

SILENT_AFTER = timedelta(minutes=2)
"""A camera that has reported nothing for so long is silent, whatever it said last."""


def is_silent(reported_at: datetime, now: datetime) -> bool:
    """Whether nothing was heard for too long. A report of the future was written by a clock that was wrong, or by
    somebody who meant harm; it must not let a dead camera look alive until then."""
    return abs(now - reported_at) > SILENT_AFTER


class Reporting(NamedTuple):
    """A room in which cameras report, the release of its recognizer, and its gallery, where that is known."""

    room_id: int
    version: str
    gallery_version: str | None


def reporting_recognizers(now: datetime) -> list[Reporting]:
    """Those of all cameras that are not silent, whatever they say."""
    heard = CameraStatus.objects.filter(reported_at__range=(now - SILENT_AFTER, now + SILENT_AFTER)).order_by()
    return [Reporting(*row) for row in heard.values_list("room", "version", "gallery_version").distinct()]


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
    silence = max(timedelta(0), now - camera.reported_at)
    silent = is_silent(camera.reported_at, now) and camera.state != CameraStatus.State.STOPPED
    return CameraNote(
        name=camera.camera_name,
        state="silent" if silent else camera.state,
        reported_at=camera.reported_at,
        last_frame_at=camera.last_frame_at,
        silent_minutes=int(silence.total_seconds() // 60),
    )
