"""How a student's term is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.attendance.queries.changes import OwnChange, Standing
from portal.attendance.queries.student import Cell, NoMark, Strip
from portal.lecturer.words import STATUS_WORDS, author_words, counted

LETTERS = {
    "present": "P",
    "late": "L",
    "absent": "A",
    "excused": "E",
    "unseen": "·",
    "expected": "…",
    NoMark.OUTSIDE: "–",
    NoMark.CANCELLED: "×",
    NoMark.TO_COME: "",
    NoMark.GUEST: "G",
}


DRAWN = ("unseen", "expected", NoMark.OUTSIDE, NoMark.CANCELLED)
"""Statuses with a sign that is no letter."""


def cell_letter(cell: Cell) -> str:
    """What stands in a cell of the strip."""
    return LETTERS[cell.status]


def status_cells() -> dict[str, SafeString]:
    """A cell of the grid for each status: a letter, or words for who hears it where the style sheet draws a sign."""

    def sign(status: str) -> str:
        is_drawn, words = status in DRAWN, STATUS_WORDS[status]
        return format_html('<span class="spoken">{}</span>', words) if is_drawn else LETTERS[status]

    statuses = [status for status in LETTERS if status in STATUS_WORDS]
    return {status: format_html("<td class={}>{}", status, sign(status)) for status in statuses}


def written_in(statuses: Iterable[str], cells: Mapping[str, str]) -> SafeString:
    """The cells of a student's row."""
    return mark_safe("".join(cells[status] for status in statuses))


def cell_words(cell: Cell) -> str:
    """The same in words."""
    if cell.status == NoMark.TO_COME:
        return "To come"
    words = STATUS_WORDS[cell.status]
    is_extra = cell.mark and not cell.mark.on_roster and cell.status != NoMark.OUTSIDE
    return f"{words} (not on the roster, does not count)" if is_extra else words


def cell_class(cell: Cell) -> str:
    """Its classes in the style sheet."""
    return "to-come" if cell.status == NoMark.TO_COME else cell.status


def strip_facts(strip: Strip) -> list[str]:
    """What the class sessions come to beside the percentage, a few words each."""
    figures = strip.figures
    found = [f"threshold {figures.threshold_percent} %"]
    if strip.absent_now > 1:
        found.append(f"absent {strip.absent_now} times in a row now")
    if strip.absent_longest > max(1, strip.absent_now):
        found.append(f"longest row of absences: {strip.absent_longest}")
    if strip.late:
        average = f", by {counted(strip.late_minutes, 'minute')} on average" if strip.late_minutes is not None else ""
        found.append(f"late {counted(strip.late, 'time')}{average}")
    if figures.unseen:
        found.append(f"{figures.unseen} not observed, left out")
    if figures.expected:
        found.append(f"{figures.expected} still expected, left out")
    return found


def standing_words(own: OwnChange) -> str:
    """What has become of a correction."""
    match own.standing:
        case Standing.STANDS:
            return "Stands"
        case Standing.REPLACED if own.replaced_by:
            later = own.replaced_by
            if later.changed_by_id == own.change.changed_by_id:
                return f"Replaced by your later “{later.get_to_status_display().lower()}”"
            return f"Replaced: {author_words(later)} set {later.get_to_status_display().lower()}"
        case Standing.TAKEN_BACK:
            return "Taken back"
        case _:
            return ""
