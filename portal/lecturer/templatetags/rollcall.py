"""What templates say in the words of words.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from portal.attendance.models import ClassSession, Mark
from portal.attendance.queries.register import RegisterRow
from portal.lecturer import words
from portal.lecturer.bars import lesson_bar
from portal.lecturer.versions import row_version

register = template.Library()
register.filter(words.camera_words)
register.filter(words.seen_words)
register.filter(words.source_words)
register.filter(words.clock)
register.simple_tag(row_version)


@register.filter
def status_words(status: str) -> str:
    """A status as it is printed; no mark before a first correction."""
    return words.STATUS_WORDS.get(status, "No mark")


@register.simple_tag
def evidence(row: RegisterRow, session: ClassSession) -> list[str]:
    """Why a student has this status, a sentence or two a reason."""
    return words.evidence(row, session)


@register.inclusion_tag("lecturer/bar.html")
def bar(session: ClassSession, mark: Mark | None, status: str, now: datetime) -> dict[str, Any]:
    """The lesson as a bar with the time in which the student was seen."""
    return {"bar": lesson_bar(session, mark, now), "mark": mark, "status": status, "seen": words.seen_words(mark)}
