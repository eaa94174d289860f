"""A mark's row in the records, as HTML.

A template of Django's takes a millisecond for each: half of the page's work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import tzinfo
from html import escape

from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Mark, Source
from portal.attendance.retelling import retold
from portal.lecturer.words import clock, seen_words

LONGEST_NOTE = 80
"""Characters of a reason that stand in a row."""


class RecordTexts:
    """Writes the rows of one page, with the columns of ``shown``; whatever stands in them is escaped here."""

    def __init__(self, shown: Collection[str]) -> None:
        self._cells = [cell for name, cell in _CELLS.items() if name in shown]
        self._zone = timezone.get_current_timezone()
        self._is_with_session = "session" in shown
        self._session_cells: dict[int, str] = {}

    def of(self, mark: Mark) -> SafeString:
        """A mark's row; its class session, course, room, student and author are needed."""
        cells = "".join(f"{cell(mark, self._zone)}\n" for cell in self._cells)
        return mark_safe(f"<tr>\n{self._session_cell(mark.session)}{cells}</tr>\n")

    def _session_cell(self, session: ClassSession) -> str:
        """Written once for all marks of a class session."""
        if not self._is_with_session:
            return ""
        if session.pk not in self._session_cells:
            self._session_cells[session.pk] = f"{_session(session)}\n"
        return self._session_cells[session.pk]


def _session(session: ClassSession) -> str:
    day = date_format(timezone.localtime(session.starts_at), "SHORT_WEEKDAY_DATE")
    not_held = f' <b class="status">{gettext("Not held")}</b>' if session.is_cancelled else ""
    link = f'<a href="{reverse("lecturer:register", args=[session.pk])}">{day}</a>'
    return f'<td class="c-session">{link} <span>{clock(session.starts_at)}</span>{not_held}</td>'


def _course(mark: Mark, _: tzinfo) -> str:
    course = mark.session.course
    return f'<td class="c-course" title="{escape(course.title)}">{escape(course.code)}</td>'


def _student(mark: Mark, _: tzinfo) -> str:
    student, number = mark.student, escape(mark.student.number)
    link = reverse("lecturer:correct", args=[mark.session_id, student.pk])
    if mark.on_roster:
        address = reverse("lecturer:student", args=[student.pk])
        number = f'<a href="{address}" title="{gettext("The term of this student")}">{number}</a>'
    elif not mark.is_outside:
        number += " · " + gettext("not on the roster")
    name = f'<a href="{link}"><bdi>{escape(student.full_name)}</bdi></a>'
    return f'<td class="c-student">{name} <span>{number}</span></td>'


def _status(mark: Mark, _: tzinfo) -> str:
    kind = "" if mark.is_outside else f" {escape(mark.status)}"
    return f'<td class="c-status"><b class="status{kind}">{escape(mark.status_words)}</b></td>'


def _seen(mark: Mark, zone: tzinfo) -> str:
    return f'<td class="c-seen">{escape(seen_words(mark, zone)) or "–"}</td>'


def _source(mark: Mark, _: tzinfo) -> str:
    """Who says so, and why where that is known."""
    if mark.source == Source.CAMERA:
        text = escape(mark.camera_name or gettext("Camera"))
    elif mark.marked_by:
        note = f'<span dir="auto">{escape(truncatechars(retold(mark.note), LONGEST_NOTE))}</span>' if mark.note else ""
        text = escape(str(mark.marked_by)) + note
    else:
        because = f"<span>{escape(mark.get_because_display())}</span>" if mark.because else ""
        text = escape(mark.get_source_display()) + because
    return f'<td class="c-source">{text}</td>'


def _room(mark: Mark, _: tzinfo) -> str:
    return f'<td class="c-room">{escape(mark.session.room.name)}</td>'


_CELLS: dict[str, Callable[[Mark, tzinfo], str]] = {
    "course": _course,
    "student": _student,
    "status": _status,
    "seen": _seen,
    "source": _source,
    "room": _room,
}
