"""How the portal says things: statuses, cameras and evidence in plain words, times in the reader's zone."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.timesince import timesince

from portal.attendance.models import ClassSession, Mark
from portal.attendance.queries.cameras import CameraNote
from portal.attendance.queries.register import RegisterRow

STATUS_WORDS = {
    "present": "Present",
    "late": "Late",
    "absent": "Absent",
    "excused": "Excused",
    "expected": "Expected",
    "unseen": "Not observed",
    "cancelled": "Not held",
}

CLEAR, CLOSE, USUAL_TOLERANCE = 0.32, 0.40, 0.45
"""Distances between a face and the nearest photo: under the first nobody doubts, over the last few cameras mark."""

UNMARKED = {
    "expected": "No camera has seen this student yet and nobody has set a status. Until the session ends they are "
    "expected.",
    "absent": "The session is over, a camera watched the room, and neither a camera nor a person has marked this "
    "student. That counts as absent.",
    "unseen": "The session is over, but no camera delivered a picture of it, so nobody can say whether this student "
    "was here. Set a status if you know.",
    "cancelled": "The session was cancelled and nobody has set a status.",
}


def clock(instant: datetime) -> str:
    """Hours and minutes in the reader's zone."""
    return timezone.localtime(instant).strftime("%H:%M")


def camera_words(note: CameraNote) -> str:
    """A camera's state for a person who does not know what a heartbeat is."""
    match note.state:
        case "silent":
            return f"silent, no word for {_ago(note.reported_at)}"
        case "failing":
            return f"failing since {_moment(note.last_frame_at)}" if note.last_frame_at else "failing: no picture yet"
        case "watching":
            return "watching"
        case "starting":
            return "starting"
        case "resting":
            return "resting until the next session"
        case _:
            return "switched off"


def _ago(instant: datetime) -> str:
    return timesince(instant, timezone.now(), depth=1).replace("\xa0", " ")


def _moment(instant: datetime) -> str:
    local = timezone.localtime(instant)
    today = timezone.localdate() == local.date()
    return local.strftime("%H:%M") if today else f"{local.day} {local:%b %H:%M}"


def seen_words(mark: Mark | None) -> str:
    """From when to when a camera saw the student; empty without a camera's word."""
    if mark is None or mark.first_seen_at is None:
        return ""
    first, last = clock(mark.first_seen_at), clock(mark.last_seen_at or mark.first_seen_at)
    return first if first == last else f"{first} – {last}"


def source_words(row: RegisterRow) -> str:
    """Who says so, in a few words."""
    if row.mark is None:
        return ""
    if row.mark.source == Mark.Source.CAMERA:
        return row.mark.camera_name or "camera"
    return f"set by {row.mark.marked_by}"


def closeness(distance: float) -> str:
    """What a distance means."""
    if distance <= CLEAR:
        return "a clear likeness"
    if distance <= CLOSE:
        return "a good likeness"
    return "a faint likeness" if distance <= USUAL_TOLERANCE else "a doubtful likeness"


def evidence(row: RegisterRow, session: ClassSession) -> list[str]:
    """Why the student has this status, one sentence or two a reason."""
    mark, found = row.mark, []
    if mark is None:
        found.append(UNMARKED[row.status])
    if mark and mark.first_seen_at:
        found.append(_sighting(mark, session))
        if mark.distance is not None:
            found.append(
                f"Distance {mark.distance:.2f}, {closeness(mark.distance)}: how far the face was from the nearest "
                f"enrolled photo of this student. 0 would be the very same picture; cameras are usually set to mark "
                f"nobody over {USUAL_TOLERANCE}."
            )
    if mark and mark.source == Mark.Source.LECTURER:
        when = f" on {_date(row.last_change.changed_at)}" if row.last_change else ""
        found.append(f"{mark.get_status_display()} was set by {mark.marked_by}{when}. A camera never changes that.")
    if not row.is_on_roster:
        found.append(f"This student is not on the roster of {session.course.code} now.")
    return found


def _sighting(mark: Mark, session: ClassSession) -> str:
    assert mark.first_seen_at is not None
    camera = f"Camera “{mark.camera_name}”" if mark.camera_name else "A camera"
    minutes = int((mark.first_seen_at - session.starts_at).total_seconds() // 60)
    when = f"{minutes} minutes after the start" if minutes > 0 else "by the start"
    return (
        f"{camera} saw this student at {seen_words(mark).replace(' – ', ', last at ')}: first {when}. "
        f"Later than {session.late_after_minutes} minutes counts as late."
    )


def _date(instant: datetime) -> str:
    local = timezone.localtime(instant)
    return f"{local.day} {local:%B at %H:%M}"
