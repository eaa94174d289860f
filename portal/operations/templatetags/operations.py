"""What the templates of operations say in the words of words.py."""

from __future__ import annotations

from datetime import datetime

from django import template

from portal.attendance.models import ClassSession
from portal.operations import words

register = template.Library()
register.filter(words.moment)
register.filter(words.state_words)
register.filter(words.cameras_words)
register.filter(words.room_lines)
register.filter(words.without_password)


@register.filter
def session_words(session: ClassSession, now: datetime) -> str:
    """The class session under way or to come."""
    return words.session_words(session, now)
