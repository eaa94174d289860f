"""The rows of a course's grid and the heads of its columns, as HTML.

A template of Django's takes ten times as long for each.
"""

from __future__ import annotations

from html import escape

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext

from portal.attendance.models import Status
from portal.attendance.percentages import Figures
from portal.attendance.queries.course import Column, GridRow
from portal.lecturer.student_words import status_cells
from portal.web.addresses import address_writer

SUMS = (Status.PRESENT, Status.LATE, Status.ABSENT, Status.EXCUSED)
"""What is counted at the end of a row."""


class GridTexts:
    """Writes the parts of one grid; whatever stands in them is escaped here."""

    def __init__(self) -> None:
        self._cells = status_cells()
        self._address = address_writer("lecturer:student")
        self._register = address_writer("lecturer:register")
        self._unseen = _counts_nowhere("+", gettext("not observed, counts nowhere"), gettext("not observed"))
        self._expected = _counts_nowhere(
            "…", gettext("no answer yet, counts nowhere"), gettext("without an answer yet")
        )

    def head(self, column: Column) -> SafeString:
        """The head of a class session's column, which leads to its register."""
        session = column.session
        start = localtime(session.starts_at)
        title = escape(date_format(start, "WEEKDAY_DATETIME"))
        hour = f" <span>{escape(date_format(start, 'TIME_FORMAT'))}</span>" if column.is_one_of_its_day else ""
        link = f'<a href="{self._register(session.pk)}" title="{title}">{start.day}{hour}</a>'
        return mark_safe(f'<th scope="col">{link}</th>')

    def of(self, row: GridRow) -> SafeString:
        """A student's row."""
        student = row.student
        name = f'<a href="{self._address(student.pk)}"><bdi>{escape(student.full_name)}</bdi></a>'
        cells = "".join([self._cells[status] for status in row.statuses])
        sums = "".join(f"<td class=sum>{row.counts[status]}" for status in SUMS)
        return mark_safe(
            f'<tr><th scope="row">{name} <span>{escape(student.number)}</span></th>'
            f"{self._percent(row.figures)}{cells}{sums}\n"
        )

    def _percent(self, figures: Figures) -> str:
        below = ' class="below"' if figures.is_below else ""
        percent = "–" if figures.percent is None else figures.percent
        unseen = self._unseen.format(figures.unseen) if figures.unseen else ""
        expected = self._expected.format(figures.expected) if figures.expected else ""
        return f"<td{below}>{percent}{unseen}{expected}</td>"


def _counts_nowhere(sign: str, title: str, words: str) -> str:
    """How many class sessions are left out of a percentage; the number is put into it."""
    return f' <span title="{escape(title)}">{sign}{{}}<span class="spoken"> {escape(words)}</span></span>'
