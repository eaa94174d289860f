"""How the portal says things: statuses, cameras and times in plain words, in the reader's zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext

from portal.accounts.models import OfficialChange
from portal.attendance.models import NOT_ON_ROSTER, BlindSpan, Mark, MarkChange, Student
from portal.attendance.queries.cameras import CameraNote
from portal.attendance.queries.look_alikes import LookAlikes
from portal.attendance.queries.register_rows import OUTSIDE, RegisterRow
from portal.attendance.queries.sight import BlindStretch
from portal.lecturer.excuse_words import entered_by_words
from portal.web.languages import later as _

STATUS_WORDS = {
    "present": _("Present"),
    "late": _("Late"),
    "absent": _("Absent"),
    "excused": _("Excused"),
    "expected": _("Expected"),
    "unseen": _("Not observed"),
    "visitor": _("Visitor"),
    "cancelled": _("Not held"),
    "outside": NOT_ON_ROSTER,
    "guest": _("Guest"),
}


def clock(instant: datetime, zone: tzinfo | None = None) -> str:
    """Hours and minutes in the reader's zone. Whoever says many names it: to ask for it takes longer than the rest."""
    return f"{timezone.localtime(instant, zone):%H:%M}"


def date_words(instant: datetime) -> str:
    """Day, month, hours and minutes in the reader's zone."""
    return date_format(timezone.localtime(instant), "DAY_AT_TIME")


def minutes_words(number: int) -> str:
    """1 minute, 2 minutes."""
    return ngettext("{number} minute", "{number} minutes", number).format(number=number)


def camera_words(note: CameraNote) -> str:
    """A camera's state for a person who does not know what a heartbeat is."""
    match note.state:
        case "silent":
            is_future = note.reported_at > timezone.now()
            return (
                gettext("silent: its last word is of the future")
                if is_future
                else gettext("silent for {ago}").format(ago=_ago(note.reported_at))
            )
        case "failing":
            return (
                gettext("failing since {moment}").format(moment=_moment(note.last_frame_at))
                if note.last_frame_at
                else gettext("failing: no picture yet")
            )
        case "watching":
            return gettext("watching")
        case "starting":
            return gettext("starting")
        case "resting":
            return gettext("resting until the next session")
        case _:
            return gettext("switched off")


def _ago(instant: datetime) -> str:
    return timesince(instant, timezone.now(), depth=1).replace("\xa0", " ")


def _moment(instant: datetime) -> str:
    local = timezone.localtime(instant)
    today = timezone.localdate() == local.date()
    return date_format(local, "TIME_FORMAT" if today else "SHORT_DAY_TIME")


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
        return gettext("by {who}, until {day}").format(
            who=entered_by_words(row.excuse), day=date_format(row.excuse.last_day, "MONTH_DAY_FORMAT")
        )
    if mark is None:
        is_visitor = row.status == "visitor"
        return (
            ", ".join(sorted({each.camera_name or gettext("camera") for each in row.evidence if not each.is_between}))
            if is_visitor
            else ""
        )
    match mark.source:
        case Mark.Source.CAMERA:
            return mark.camera_name or gettext("camera")
        case Mark.Source.LECTURER:
            return gettext("set by {marked_by}").format(marked_by=mark.marked_by)
        case Mark.Source.EXCUSE:
            return gettext("excuse")
        case Mark.Source.CLOSING if mark.because == Mark.Because.NOT_ENROLLED:
            return gettext("no camera can name them")
        case Mark.Source.CLOSING if mark.because == Mark.Because.BLIND:
            return gettext("the cameras could not see enough")
        case Mark.Source.CLOSING if mark.because == Mark.Because.CLOCK:
            return gettext("seen by a wrong clock")
        case Mark.Source.CLOSING if mark.because == Mark.Because.LOOK_ALIKE:
            return gettext("seen, or somebody who looks alike")
        case _:
            return ""


def note_words(row: RegisterRow) -> list[str]:
    """What is unusual about the row, a few words each."""
    found = []
    if row.student.merged_into_id:
        found.append(gettext("known by another number now"))
    if row.is_guest:
        found.append(gettext("guest"))
    elif row.status == OUTSIDE:
        found.append(gettext("does not count"))
    elif row.mark and not row.is_on_roster:
        found.append(gettext("not on the roster, does not count"))
    if row.is_here and row.excuse:
        found.append(
            gettext("excused, and yet seen")
            if row.mark and row.mark.source == Mark.Source.CAMERA
            else gettext("has an excuse")
        )
    if not row.is_enrolled and row.status in ("expected", "unseen"):
        found.append(gettext("not enrolled for the cameras"))
    if row.unconfirmed:
        found.append(gettext("seen by a wrong clock: please confirm"))
    if any(each.suspicion for each in row.evidence):
        found.append(gettext("perhaps a photo: please look"))
    if row.look_alikes and row.status in ("expected", "unseen"):
        found.append(gettext("seen, or {either} was").format(either=either(others_of(row.look_alikes, row.student))))
    return found


def names_of(group: LookAlikes) -> list[str]:
    """The names of students who look alike."""
    return [*(student.full_name for student in group.students), *map(_unnamed, group.other_numbers)]


def others_of(group: LookAlikes, student: Student) -> list[str]:
    """The names of those who look like a student."""
    others = [each.full_name for each in group.students if each.pk != student.pk]
    return [*others, *map(_unnamed, group.other_numbers)]


def _unnamed(number: str) -> str:
    return gettext("the student with the number {number}").format(number=number)


def all_of(names: Sequence[str]) -> str:
    """Several names, of which all are meant; one at least."""
    if len(names) == 1:
        return names[0]
    return gettext("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])


def either(names: Sequence[str]) -> str:
    """One, another or a third."""
    if len(names) < 2:
        return names[0]
    return gettext("{names} or {last}").format(names=", ".join(names[:-1]), last=names[-1])


def when_words(start: datetime, end: datetime) -> str:
    """From when to when, as a part of a sentence."""
    first, last = clock(start), clock(end)
    return (
        gettext("at {first}").format(first=first)
        if first == last
        else gettext("from {first} to {last}").format(first=first, last=last)
    )


def blind_words(stretch: BlindStretch) -> str:
    """When a camera could not see, and why."""
    when = gettext("{starts_at} to {ends_at}").format(
        starts_at=clock(stretch.starts_at), ends_at=clock(stretch.ends_at)
    )
    why = dict(BlindSpan.Reason.choices).get(stretch.reason, gettext("it did not report"))
    return f"{when}: {why}"


PROGRAMS = {"portal": _("Rollcall"), "recognizer": _("The camera"), "migration": _("Rollcall, when it was upgraded")}
"""Programs that change marks, as their readers know them."""


def author_words(change: MarkChange | OfficialChange) -> str:
    """Who or which program made a change; a person as they were called then."""
    author = change.changed_by
    if author is None:
        return PROGRAMS.get(change.program, change.program)
    return str(author) if change.changed_by_name in ("", author.name) else change.changed_by_name


def change_words(change: MarkChange) -> str:
    """What a person did, as the end of “They …”."""
    match change.action:
        case MarkChange.Action.UNDO:
            return gettext("They took their correction back")
        case MarkChange.Action.BACK:
            return gettext("They gave it back to the camera")
        case _:
            return gettext("They set {to_status}").format(to_status=change.get_to_status_display().lower())
