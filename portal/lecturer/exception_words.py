"""What is said of an exception, and what can be done with it by one key each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext, gettext_noop, ngettext

from portal.attendance.models import ExceptionKind, Mark, Status
from portal.attendance.queries.findings import Finding
from portal.lecturer.near_miss_words import near_miss_sentence
from portal.lecturer.student_words import letter_of
from portal.lecturer.words import all_of, clock, span_words
from portal.web.languages import later as _

Kind = ExceptionKind
CLEAR, GUEST = "clear", "guest"


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its key, what it says, and what it does: a status to set, or CLEAR or GUEST.

    also: the key of the status that it leaves, for who says again what the mark says already.
    """

    key: str
    label: str
    does: str
    also: str = ""


# The register's letters: one that means present there must not mean absent here, in any language.
_PRESENT, _ABSENT = Act(_("P"), _("Present"), Status.PRESENT.value), Act(_("A"), _("Absent"), Status.ABSENT.value)
_EXCUSED, _LEAVE = Act(_("E"), _("Excused"), Status.EXCUSED.value), Act("L", _("Leave it"), CLEAR)
_KEYS = {each.does: each.key for each in (_PRESENT, _ABSENT, _EXCUSED)}

ACTS = {
    Kind.NEAR: (_PRESENT, _ABSENT, _LEAVE),
    Kind.PHOTO: (Act("L", _("It was them"), CLEAR), _ABSENT),
    Kind.EXCUSED: (Act("L", _("Leave it"), CLEAR), _EXCUSED),
    Kind.SHORT: (_LEAVE, _ABSENT, _EXCUSED),
    Kind.LEFT_EARLY: (_LEAVE, _ABSENT, _EXCUSED),
    Kind.VISITOR: (Act("G", _("Guest"), GUEST), Act("I", _("Ignore"), CLEAR)),
    Kind.UNSEEN: (Act("L", _("Leave out"), CLEAR),),
    Kind.NOT_ENROLLED: (Act("L", _("Leave out"), CLEAR),),
    Kind.CORRECTED: (Act("L", _("All right"), CLEAR),),
}
"""The first is what is done mostly."""

LETTERS = {Kind.NEAR: "?", Kind.PHOTO: "?", Kind.VISITOR: "+", Kind.UNSEEN: "·", Kind.NOT_ENROLLED: "·"}
"""What stands in front of an exception that is no status; the others have the letter of theirs."""

REASONS = {
    Kind.NEAR: gettext_noop("Looked at: the cameras were not sure"),
    Kind.PHOTO: gettext_noop("Looked at: the face never changed, was there twice, or moved with all around it"),
    Kind.EXCUSED: gettext_noop("Looked at: excused, and seen by a camera"),
    Kind.SHORT: gettext_noop("Looked at: hardly there"),
    Kind.LEFT_EARLY: gettext_noop("Looked at: left early"),
    Kind.VISITOR: gettext_noop("Guest, seen by a camera"),
}
"""What the history says of a status that is set here."""


def acts_on(finding: Finding) -> tuple[Act, ...]:
    """What can be done with it, the usual first; not what the mark says already."""
    status = finding.mark.status if finding.mark else ""
    acts = tuple(each for each in ACTS[finding.kind] if each.does != status)
    if not finding.student or status not in _KEYS:
        return acts
    return tuple(replace(each, also=_KEYS[status]) if each.does == CLEAR else each for each in acts)


def letter(finding: Finding) -> str:
    """What stands in front of it."""
    if finding.kind in LETTERS:
        return LETTERS[finding.kind]
    return letter_of(finding.mark.status) if finding.mark else ""


def head(finding: Finding) -> str:
    """What follows the name of a student, or stands for several."""
    number = len(finding.students)
    match finding.kind:
        case Kind.NEAR if finding.near_misses:
            return gettext("may have been there")
        case Kind.NEAR:
            is_clock = finding.mark and finding.mark.because == Mark.Because.CLOCK
            return (
                gettext("was seen by a wrong clock") if is_clock else gettext("was seen, or somebody who looks alike")
            )
        case Kind.PHOTO:
            return gettext("may have been a photo")
        case Kind.EXCUSED:
            return gettext("was excused and yet seen")
        case Kind.SHORT:
            return gettext("was hardly there")
        case Kind.LEFT_EARLY:
            return gettext("left early")
        case Kind.VISITOR:
            return gettext("came, and is not on the roster")
        case Kind.UNSEEN:
            return ngettext("{number} student was not observed", "{number} students were not observed", number).format(
                number=number
            )
        case Kind.NOT_ENROLLED:
            return ngettext("{number} student was not enrolled", "{number} students were not enrolled", number).format(
                number=number
            )
        case _:
            return ngettext(
                "{number} mark was corrected by {by}", "{number} marks were corrected by {by}", number
            ).format(number=number, by=all_of(finding.by))


def tail(finding: Finding) -> str:
    """What the person should know to settle it."""
    seen = gettext("Seen {when}").format(when=span_words(*finding.seen)) if finding.seen else ""
    where = gettext("{seen} by {by}").format(seen=seen, by=all_of(finding.by)) if seen and finding.by else seen
    match finding.kind:
        case Kind.SHORT if finding.seen:
            minutes = int((finding.seen[1] - finding.seen[0]).total_seconds() // 60)
            return ngettext(
                "{where}: {number} minute, fewer than the course asks for.",
                "{where}: {number} minutes, fewer than the course asks for.",
                minutes,
            ).format(number=minutes, where=where)
        case Kind.LEFT_EARLY if finding.seen:
            minutes = int((finding.session.ends_at - finding.seen[1]).total_seconds() // 60)
            return ngettext(
                "Last seen at {time}, {number} minute before the end.",
                "Last seen at {time}, {number} minutes before the end.",
                minutes,
            ).format(number=minutes, time=clock(finding.seen[1]))
        case Kind.UNSEEN:
            least = finding.session.course.least_coverage_percent
            return gettext(
                # xgettext:no-python-format
                "The cameras could see {percent} % of the class session; {least} % is needed. Mark them "
                "by hand, or leave them out of the percentages."
            ).format(percent=finding.percent, least=least)
        case Kind.NOT_ENROLLED:
            return gettext("No camera could have named them. Mark them by hand, or leave them out of the percentages.")
        case Kind.EXCUSED if finding.mark:
            return gettext("{where}: {status}, since a camera saw them.").format(
                where=where, status=finding.mark.get_status_display().lower()
            )
        case Kind.PHOTO if finding.mark:
            return gettext(
                "{where}. The face never changed, was there twice at once, or moved with all around it."
            ).format(where=where)
        case Kind.NEAR if finding.near_misses:
            return near_miss_sentence(finding.near_misses)
        case Kind.NEAR:
            return gettext("{where}. Nobody is marked by it.").format(
                where=where or gettext("Seen in this class session")
            )
        case _:
            return f"{where}." if where else ""
