"""How the portal says things: statuses, cameras and times in plain words, in the reader's zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.utils import timezone
from django.utils.timesince import timesince

from portal.attendance.models import NOT_ON_ROSTER, BlindSpan, Mark, MarkChange, Student
from portal.attendance.queries.cameras import CameraNote
from portal.attendance.queries.look_alikes import LookAlikes
from portal.attendance.queries.register_rows import OUTSIDE, RegisterRow
from portal.attendance.queries.sight import BlindStretch
from portal.lecturer.excuse_words import entered_by_words

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
    "guest": "Guest",
}


def clock(instant: datetime, zone: tzinfo | None = None) -> str:
    """Hours and minutes in the reader's zone. Whoever says many names it: to ask for it takes longer than the rest."""
    return f"{timezone.localtime(instant, zone):%H:%M}"


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
            is_future = note.reported_at > timezone.now()
            return "silent: its last word is of the future" if is_future else f"silent for {_ago(note.reported_at)}"
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


def span_words(start: datetime, end: datetime, zone: tzinfo | None = None) -> str:
    """From when to when; one time where they are the same minute."""
    first, last = clock(start, zone), clock(end, zone)
    return first if first == last else f"{first} – {last}"


def seen_words(mark: Mark | None, zone: tzinfo | None = None) -> str:
    """From when to when a mark says that cameras saw the student; empty where none did."""
    if mark is None or mark.first_seen_at is None:
        return ""
    return span_words(mark.first_seen_at, mark.last_seen_at or mark.first_seen_at, zone)


def row_seen_words(row: RegisterRow, zone: tzinfo | None = None) -> str:
    """The same of a row of a register; of a visitor, who has no mark, what the evidence says."""
    if row.mark or not row.sure:
        return seen_words(row.mark, zone)
    first = min(each.first_seen_at for each in row.sure)
    return span_words(first, max(each.last_seen_at for each in row.sure), zone)


def source_words(row: RegisterRow) -> str:
    """Who says so, in a few words."""
    mark = row.mark
    if row.excuse and row.status == "excused" and (mark is None or mark.source != Mark.Source.LECTURER):
        return f"by {entered_by_words(row.excuse)}, until {row.excuse.last_day.day} {row.excuse.last_day:%B}"
    if mark is None:
        is_visitor = row.status == "visitor"
        return (
            ", ".join(sorted({each.camera_name or "camera" for each in row.evidence if not each.is_between}))
            if is_visitor
            else ""
        )
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
        case Mark.Source.CLOSING if mark.because == Mark.Because.LOOK_ALIKE:
            return "seen, or somebody who looks alike"
        case _:
            return ""


def note_words(row: RegisterRow) -> list[str]:
    """What is unusual about the row, a few words each."""
    found = []
    if row.student.merged_into_id:
        found.append("known by another number now")
    if row.is_guest:
        found.append("guest")
    elif row.status == OUTSIDE:
        found.append("does not count")
    elif row.mark and not row.is_on_roster:
        found.append("not on the roster, does not count")
    if row.excuse and row.is_here:
        found.append("excused, and yet seen" if row.mark and row.mark.source == Mark.Source.CAMERA else "has an excuse")
    if not row.is_enrolled and row.status in ("expected", "unseen"):
        found.append("not enrolled for the cameras")
    if row.unconfirmed:
        found.append("seen by a wrong clock: please confirm")
    if any(each.suspicion for each in row.evidence):
        found.append("perhaps a photo: please look")
    if row.look_alikes and row.status in ("expected", "unseen"):
        found.append(f"seen, or {either(others_of(row.look_alikes, row.student))} was")
    return found


def names_of(group: LookAlikes) -> list[str]:
    """The names of students who look alike."""
    return [*(student.full_name for student in group.students), *map(_unnamed, group.other_numbers)]


def others_of(group: LookAlikes, student: Student) -> list[str]:
    """The names of those who look like a student."""
    others = [each.full_name for each in group.students if each.pk != student.pk]
    return [*others, *map(_unnamed, group.other_numbers)]


def _unnamed(number: str) -> str:
    return f"the student with the number {number}"


def either(names: Sequence[str]) -> str:
    """One, another or a third."""
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def when_words(start: datetime, end: datetime) -> str:
    """From when to when, as a part of a sentence."""
    first, last = clock(start), clock(end)
    return f"at {first}" if first == last else f"from {first} to {last}"


def blind_words(stretch: BlindStretch) -> str:
    """When a camera could not see, and why."""
    when = f"{clock(stretch.starts_at)} to {clock(stretch.ends_at)}"
    why = dict(BlindSpan.Reason.choices).get(stretch.reason, "it did not report")
    return f"{when}: {why}"


PROGRAMS = {"portal": "Rollcall", "recognizer": "The camera", "migration": "Rollcall, when it was upgraded"}
"""Programs that change marks, as their readers know them."""


def author_words(change: MarkChange) -> str:
    """Who or which program made a change; a person as they were called then."""
    author = change.changed_by
    if author is None:
        return PROGRAMS.get(change.program, change.program)
    return str(author) if change.changed_by_name in ("", author.name) else change.changed_by_name


def change_words(change: MarkChange) -> str:
    """What a person did, as the end of “They …”."""
    match change.action:
        case MarkChange.Action.UNDO:
            return "They took their correction back"
        case MarkChange.Action.BACK:
            return "They gave it back to the camera"
        case _:
            return f"They set {change.get_to_status_display().lower()}"
