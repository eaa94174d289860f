"""A student's term in one course, as HTML: a cell for each class session, month by month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from portal.attendance.models import Student
from portal.attendance.queries.student import Cell
from portal.lecturer.student_words import cell_class, cell_letter, cell_words
from portal.web.addresses import address_writer


def month_texts(cells: Iterable[Cell], student: Student) -> list[tuple[str, SafeString]]:
    """The months of a strip by name, each with its cells; whatever stands in them is escaped here."""
    zone, address = timezone.get_current_timezone(), address_writer("lecturer:correct", 2)
    begun = [(timezone.localtime(cell.session.starts_at, zone), cell) for cell in cells]
    found = []
    for _, some in groupby(begun, key=lambda each: (each[0].year, each[0].month)):
        month = list(some)
        text = "".join(_cell(cell, at, address(cell.session.pk, student.pk)) for at, cell in month)
        found.append((date_format(month[0][0], "F"), mark_safe(text)))
    return found


def _cell(cell: Cell, at: datetime, link: str) -> str:
    off = " off" if cell.mark and not cell.mark.on_roster else ""
    label = escape(f"{cell_words(cell)}, {date_format(at, 'LONG_DAY_TIME')}")
    return (
        f'<li><a class="cell {cell_class(cell)}{off}" href="{link}" aria-label="{label}">'
        f"<b>{cell_letter(cell)}</b>{at.day}</a></li>"
    )
