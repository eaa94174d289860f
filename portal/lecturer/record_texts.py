"""A mark's row in the records, as HTML.

A template of Django's takes a millisecond for each: half of the page's work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape

from django.template.defaultfilters import truncatechars
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Mark, Source, Status
from portal.attendance.retelling import retold
from portal.lecturer.words import seen_words
from portal.web.addresses import address_writer

LONGEST_NOTE = 80
"""Characters of a reason that stand in a row."""


class RecordTexts:
    """Writes the rows of one page, with the columns of ``shown``; whatever stands in them is escaped here."""

    def __init__(self, shown: Collection[str]) -> None:
        self._cells = [cell for name, cell in _CELLS.items() if name in shown]
        self._zone = timezone.get_current_timezone()
        self._is_with_session = "session" in shown
        self._session_cells: dict[int, str] = {}
        self._statuses = {status.value: escape(status.label) for status in Status}
        self._register = address_writer("lecturer:register")
        self._correct = address_writer("lecturer:correct", 2)
        self._term = address_writer("lecturer:student")
        self._term_title = escape(gettext("The term of this student"))

    def of(self, mark: Mark) -> SafeString:
        """A mark's row; its class session, course, room, student and author are needed."""
        cells = "".join([f"{cell(self, mark)}\n" for cell in self._cells])
        return mark_safe(f"<tr>\n{self._session_cell(mark.session)}{cells}</tr>\n")

    def _session_cell(self, session: ClassSession) -> str:
        """Written once for all marks of a class session."""
        if not self._is_with_session:
            return ""
        if session.pk not in self._session_cells:
            self._session_cells[session.pk] = f"{self._session(session)}\n"
        return self._session_cells[session.pk]

    def _session(self, session: ClassSession) -> str:
        starts_at = timezone.localtime(session.starts_at, self._zone)
        not_held = f' <b class="status">{gettext("Not held")}</b>' if session.is_cancelled else ""
        link = f'<a href="{self._register(session.pk)}">{date_format(starts_at, "SHORT_WEEKDAY_DATE")}</a>'
        return f'<td class="c-session">{link} <span>{starts_at:%H:%M}</span>{not_held}</td>'

    def _course(self, mark: Mark) -> str:
        course = mark.session.course
        return f'<td class="c-course" title="{escape(course.title)}">{escape(course.code)}</td>'

    def _student(self, mark: Mark) -> str:
        student, number = mark.student, escape(mark.student.number)
        if mark.on_roster:
            number = f'<a href="{self._term(student.pk)}" title="{self._term_title}">{number}</a>'
        elif not mark.is_outside:
            number += " · " + gettext("not on the roster")
        link = self._correct(mark.session_id, student.pk)
        name = f'<a href="{link}"><bdi>{escape(student.full_name)}</bdi></a>'
        return f'<td class="c-student">{name} <span>{number}</span></td>'

    def _status(self, mark: Mark) -> str:
        kind, words = f" {mark.status}", self._statuses[mark.status]
        if mark.is_outside:
            kind, words = "", escape(mark.status_words)
        return f'<td class="c-status"><b class="status{kind}">{words}</b></td>'

    def _seen(self, mark: Mark) -> str:
        return f'<td class="c-seen">{escape(seen_words(mark, self._zone)) or "–"}</td>'

    def _source(self, mark: Mark) -> str:
        """Who says so, and why where that is known."""
        if mark.source == Source.CAMERA:
            text = escape(mark.camera_name or gettext("Camera"))
        elif mark.marked_by:
            note = (
                f'<span dir="auto">{escape(truncatechars(retold(mark.note), LONGEST_NOTE))}</span>' if mark.note else ""
            )
            text = escape(str(mark.marked_by)) + note
        else:
            because = f"<span>{escape(mark.get_because_display())}</span>" if mark.because else ""
            text = escape(mark.get_source_display()) + because
        return f'<td class="c-source">{text}</td>'

    def _room(self, mark: Mark) -> str:
        return f'<td class="c-room">{escape(mark.session.room.name)}</td>'


_CELLS: dict[str, Callable[[RecordTexts, Mark], str]] = {
    "course": RecordTexts._course,
    "student": RecordTexts._student,
    "status": RecordTexts._status,
    "seen": RecordTexts._seen,
    "source": RecordTexts._source,
    "room": RecordTexts._room,
}
