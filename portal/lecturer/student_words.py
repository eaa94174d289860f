"""How a student's term is printed."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from portal.attendance.queries.changes import OwnChange, Standing
from portal.attendance.queries.student import Cell, NoMark, Strip
from portal.lecturer.words import STATUS_WORDS, author_words, minutes_words
from portal.web.languages import later as _

LETTERS = {
    "present": _("P"),
    "late": _("L"),
    "absent": _("A"),
    "excused": _("E"),
    "unseen": "·",
    "expected": "…",
    NoMark.OUTSIDE: "–",
    NoMark.CANCELLED: "×",
    NoMark.TO_COME: "",
    NoMark.GUEST: "G",
}


DRAWN = ("unseen", "expected", NoMark.OUTSIDE, NoMark.CANCELLED)
"""Statuses with a sign that is no letter."""


def letter_of(status: str) -> str:
    """The letter or sign that stands for it."""
    return str(LETTERS[status])


def cell_letter(cell: Cell) -> str:
    """What stands in a cell of the strip."""
    return letter_of(cell.status)


def status_cells() -> dict[str, SafeString]:
    """A cell of the grid for each status: a letter, or words for who hears it where the style sheet draws a sign."""

    def sign(status: str) -> str:
        is_drawn, words = status in DRAWN, STATUS_WORDS[status]
        return format_html('<span class="spoken">{}</span>', words) if is_drawn else letter_of(status)

    statuses = [status for status in LETTERS if status in STATUS_WORDS]
    return {status: format_html("<td class={}>{}", status, sign(status)) for status in statuses}


def cell_words(cell: Cell) -> str:
    """The same in words."""
    if cell.status == NoMark.TO_COME:
        return gettext("To come")
    words = STATUS_WORDS[cell.status]
    is_extra = cell.mark and not cell.mark.on_roster and cell.status != NoMark.OUTSIDE
    return gettext("{words} (not on the roster, does not count)").format(words=words) if is_extra else words


def cell_class(cell: Cell) -> str:
    """Its classes in the style sheet."""
    return "to-come" if cell.status == NoMark.TO_COME else cell.status


def strip_facts(strip: Strip) -> list[str]:
    """What the class sessions come to beside the percentage, a few words each."""
    figures = strip.figures
    found = [gettext("threshold {threshold_percent} %").format(threshold_percent=figures.threshold_percent)]
    if strip.absent_now > 1:
        found.append(gettext("absent {absent_now} times in a row now").format(absent_now=strip.absent_now))
    if strip.absent_longest > max(1, strip.absent_now):
        found.append(gettext("longest row of absences: {absent_longest}").format(absent_longest=strip.absent_longest))
    if strip.late:
        found.append(_late_words(strip))
    if figures.unseen:
        found.append(gettext("{unseen} not observed, left out").format(unseen=figures.unseen))
    if figures.expected:
        found.append(gettext("{expected} still expected, left out").format(expected=figures.expected))
    return found


def _late_words(strip: Strip) -> str:
    if strip.late_minutes is None:
        return ngettext("late {number} time", "late {number} times", strip.late).format(number=strip.late)
    return ngettext(
        "late {number} time, by {minutes} on average", "late {number} times, by {minutes} on average", strip.late
    ).format(number=strip.late, minutes=minutes_words(strip.late_minutes))


def standing_words(own: OwnChange) -> str:
    """What has become of a correction."""
    match own.standing:
        case Standing.STANDS:
            return gettext("Stands")
        case Standing.REPLACED if own.replaced_by:
            later = own.replaced_by
            if later.changed_by_id == own.change.changed_by_id:
                return gettext("Replaced by your later “{to_status}”").format(
                    to_status=later.get_to_status_display().lower()
                )
            return gettext("Replaced: {author_words} set {to_status}").format(
                author_words=author_words(later), to_status=later.get_to_status_display().lower()
            )
        case Standing.TAKEN_BACK:
            return gettext("Taken back")
        case _:
            return ""
