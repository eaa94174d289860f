"""What is said of an exception, and what can be done with it by one key each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.attendance.models import ExceptionKind, Mark, Status
from portal.attendance.queries.findings import Finding
from portal.lecturer.near_miss_words import near_miss_sentence
from portal.lecturer.words import clock, counted, span_words

Kind = ExceptionKind
CLEAR, GUEST = "clear", "guest"


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its key, what it says, and what it does: a status to set, or CLEAR or GUEST."""

    key: str
    label: str
    does: str


_PRESENT, _ABSENT = Act("P", "Present", Status.PRESENT.value), Act("A", "Absent", Status.ABSENT.value)
_EXCUSED, _LEAVE = Act("E", "Excused", Status.EXCUSED.value), Act("L", "Leave it", CLEAR)

ACTS = {
    Kind.NEAR: (_PRESENT, _ABSENT, _LEAVE),
    Kind.PHOTO: (Act("L", "It was them", CLEAR), _ABSENT),
    Kind.EXCUSED: (Act("L", "Leave it", CLEAR), _EXCUSED),
    Kind.SHORT: (_LEAVE, _ABSENT, _EXCUSED),
    Kind.LEFT_EARLY: (_LEAVE, _ABSENT, _EXCUSED),
    Kind.VISITOR: (Act("G", "Guest", GUEST), Act("I", "Ignore", CLEAR)),
    Kind.UNSEEN: (Act("L", "Leave out", CLEAR),),
    Kind.NOT_ENROLLED: (Act("L", "Leave out", CLEAR),),
    Kind.CORRECTED: (Act("L", "All right", CLEAR),),
}
"""The first is what is done mostly."""

LETTERS = {Kind.NEAR: "?", Kind.PHOTO: "?", Kind.VISITOR: "+", Kind.UNSEEN: "·", Kind.NOT_ENROLLED: "·"}
"""What stands in front of an exception that is no status; the others have the letter of theirs."""

REASONS = {
    Kind.NEAR: "Looked at: the cameras were not sure",
    Kind.PHOTO: "Looked at: the face never changed, was there twice, or moved with all around it",
    Kind.EXCUSED: "Looked at: excused, and seen by a camera",
    Kind.SHORT: "Looked at: hardly there",
    Kind.LEFT_EARLY: "Looked at: left early",
    Kind.VISITOR: "Guest, seen by a camera",
}
"""What the history says of a status that is set here."""


def acts_on(finding: Finding) -> tuple[Act, ...]:
    """What can be done with it, the usual first; not what the mark says already."""
    status = finding.mark.status if finding.mark else ""
    return tuple(each for each in ACTS[finding.kind] if each.does != status)


def letter(finding: Finding) -> str:
    """What stands in front of it."""
    if finding.kind in LETTERS:
        return LETTERS[finding.kind]
    return finding.mark.status[0].upper() if finding.mark else ""


def head(finding: Finding) -> str:
    """What follows the name of a student, or stands for several."""
    number = len(finding.students)
    were = "student was" if number == 1 else "students were"
    match finding.kind:
        case Kind.NEAR if finding.near_misses:
            return _("may have been there")
        case Kind.NEAR:
            is_clock = finding.mark and finding.mark.because == Mark.Because.CLOCK
            return "was seen by a wrong clock" if is_clock else "was seen, or somebody who looks alike"
        case Kind.PHOTO:
            return "may have been a photo"
        case Kind.EXCUSED:
            return "was excused and yet seen"
        case Kind.SHORT:
            return "was hardly there"
        case Kind.LEFT_EARLY:
            return "left early"
        case Kind.VISITOR:
            return "came, and is not on the roster"
        case Kind.UNSEEN:
            return f"{number} {were} not observed"
        case Kind.NOT_ENROLLED:
            return f"{number} {were} not enrolled"
        case _:
            return f"{counted(number, 'mark was', 'marks were')} corrected by {finding.by}"


def tail(finding: Finding) -> str:
    """What the person should know to settle it."""
    seen = f"Seen {span_words(*finding.seen)}" if finding.seen else ""
    where = f"{seen} by {finding.by}" if seen and finding.by else seen
    match finding.kind:
        case Kind.SHORT if finding.seen:
            minutes = int((finding.seen[1] - finding.seen[0]).total_seconds() // 60)
            return f"{where}: {counted(minutes, 'minute')}, fewer than the course asks for."
        case Kind.LEFT_EARLY if finding.seen:
            minutes = int((finding.session.ends_at - finding.seen[1]).total_seconds() // 60)
            return f"Last seen at {clock(finding.seen[1])}, {counted(minutes, 'minute')} before the end."
        case Kind.UNSEEN:
            least = finding.session.course.least_coverage_percent
            return (
                f"The cameras could see {finding.percent} % of the class session; {least} % is needed. Mark them by "
                "hand, or leave them out of the percentages."
            )
        case Kind.NOT_ENROLLED:
            return "No camera could have named them. Mark them by hand, or leave them out of the percentages."
        case Kind.EXCUSED if finding.mark:
            return f"{where}: {finding.mark.get_status_display().lower()}, since a camera saw them."
        case Kind.PHOTO if finding.mark:
            return f"{where}. The face never changed, was there twice at once, or moved with all around it."
        case Kind.NEAR if finding.near_misses:
            return near_miss_sentence(finding.near_misses)
        case Kind.NEAR:
            return f"{where or 'Seen in this class session'}. Nobody is marked by it."
        case _:
            return f"{where}." if where else ""
