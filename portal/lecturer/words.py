"""How the portal says things: statuses, cameras and times in plain words, in the reader's zone."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.timesince import timesince

from portal.attendance.models import NOT_ON_ROSTER, BlindSpan, Mark, MarkChange
from portal.attendance.queries.cameras import CameraNote
from portal.attendance.queries.register import OUTSIDE, RegisterRow
from portal.attendance.queries.sight import BlindStretch

STATUS_WORDS = {
    "present": "Present",
    "late": "Late",
    "absent": "Absent",
    "excused": "Excused",
    "expected": "Expected",
    "unseen": "Not observed",
    "visitor": "Visitor",
    "cancelled": "Not held",
    "outside": NOT_ON_ROSTER,
}


def clock(instant: datetime) -> str:
    """Hours and minutes in the reader's zone."""
    return timezone.localtime(instant).strftime("%H:%M")


def date_words(instant: datetime) -> str:
    """Day, month, hours and minutes in the reader's zone."""
    local = timezone.localtime(instant)
    return f"{local.day} {local:%B at %H:%M}"


def counted(number: int, one: str, many: str = "") -> str:
    """The number with its noun: 1 student, 2 students."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def camera_words(note: CameraNote) -> str:
    """A camera's state for a person who does not know what a heartbeat is."""
    match note.state:
        case "silent":
            return f"silent for {_ago(note.reported_at)}"
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


def span_words(start: datetime, end: datetime) -> str:
    """From when to when; one time where they are the same minute."""
    first, last = clock(start), clock(end)
    return first if first == last else f"{first} – {last}"


def seen_words(mark: Mark | None) -> str:
    """From when to when a mark says that cameras saw the student; empty where none did."""
    if mark is None or mark.first_seen_at is None:
        return ""
    return span_words(mark.first_seen_at, mark.last_seen_at or mark.first_seen_at)


def row_seen_words(row: RegisterRow) -> str:
    """The same of a row of a register; of a visitor, who has no mark, what the evidence says."""
    confirmed = [each for each in row.evidence if each.is_confirmed]
    if row.mark or not confirmed:
        return seen_words(row.mark)
    return span_words(min(each.first_seen_at for each in confirmed), max(each.last_seen_at for each in confirmed))


def source_words(row: RegisterRow) -> str:
    """Who says so, in a few words."""
    mark = row.mark
    if mark is None:
        is_visitor = row.status == "visitor"
        return ", ".join(sorted({each.camera_name or "camera" for each in row.evidence})) if is_visitor else ""
    match mark.source:
        case Mark.Source.CAMERA:
            return mark.camera_name or "camera"
        case Mark.Source.LECTURER:
            return f"set by {mark.marked_by}"
        case Mark.Source.EXCUSE:
            return "excuse"
        case Mark.Source.CLOSING if mark.because == Mark.Because.NOT_ENROLLED:
            return "no camera can name them"
        case Mark.Source.CLOSING if mark.because == Mark.Because.BLIND:
            return "the cameras could not see enough"
        case Mark.Source.CLOSING if mark.because == Mark.Because.CLOCK:
            return "seen by a wrong clock"
        case _:
            return ""


def note_words(row: RegisterRow) -> list[str]:
    """What is unusual about the row, a few words each."""
    found = []
    if row.is_guest:
        found.append("guest")
    elif row.status == OUTSIDE:
        found.append("does not count")
    elif row.mark and not row.is_on_roster:
        found.append("not on the roster, does not count")
    if not row.is_enrolled and row.status in ("expected", "unseen"):
        found.append("not enrolled for the cameras")
    if row.unconfirmed:
        found.append("seen by a wrong clock: please confirm")
    return found


def blind_words(stretch: BlindStretch) -> str:
    """When a camera could not see, and why."""
    when = f"{clock(stretch.starts_at)} to {clock(stretch.ends_at)}"
    why = dict(BlindSpan.Reason.choices).get(stretch.reason, "it did not report")
    return f"{when}: {why}"


PROGRAMS = {"portal": "Rollcall", "recognizer": "The camera", "migration": "Rollcall, when it was upgraded"}
"""Programs that change marks, as their readers know them."""


def author_words(change: MarkChange) -> str:
    """Who or which program made a change."""
    return str(change.changed_by) if change.changed_by else PROGRAMS.get(change.program, change.program)


def change_words(change: MarkChange) -> str:
    """What a person did, as the end of “They …”."""
    match change.action:
        case MarkChange.Action.UNDO:
            return "They took their correction back"
        case MarkChange.Action.BACK:
            return "They gave it back to the camera"
        case _:
            return f"They set {change.get_to_status_display().lower()}"
