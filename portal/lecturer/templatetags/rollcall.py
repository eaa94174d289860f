"""What templates say in the words of words.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from portal.accounts.models import Account
from portal.attendance import retelling
from portal.attendance.models import ClassSession, MarkChange, Student
from portal.attendance.queries.record_groups import Group
from portal.attendance.queries.register import Register
from portal.attendance.queries.register_rows import RegisterRow
from portal.attendance.queries.student import Strip
from portal.attendance.schedule import closes_at as closing_time
from portal.lecturer import exception_words, excuse_words, group_words, notices, student_words, warning_words, words
from portal.lecturer.bars import segments
from portal.lecturer.strip_texts import month_texts

register = template.Library()
register.filter(retelling.retold)
register.filter(retelling.retold_day)
register.filter(words.camera_words)
register.filter(words.seen_words)
register.filter(words.row_seen_words)
register.filter(words.source_words)
register.filter(words.note_words)
register.filter(words.blind_words)
register.filter(words.author_words)
register.filter(words.change_words)
register.filter(words.clock)
register.filter("exception_head", exception_words.head)
register.filter("exception_tail", exception_words.tail)
register.filter("exception_letter", exception_words.letter)
register.filter("acts_on", exception_words.acts_on)
register.filter(warning_words.rule_words)
register.filter(warning_words.told_words)
register.filter(excuse_words.excuse_days)
register.filter(excuse_words.entered_by_words)
register.filter(excuse_words.withdrawn_by_words)
register.filter(student_words.strip_facts)
register.filter(student_words.standing_words)
register.filter(group_words.group_label)
register.filter(group_words.group_note)


@register.filter
def status_words(status: str) -> str:
    """A status as it is printed; no mark before a first correction."""
    return words.STATUS_WORDS.get(status, gettext("No mark"))


@register.filter
def status_then(status: str, row: RegisterRow) -> str:
    """A status of the history; of somebody who is not on the roster nothing was ever expected."""
    return status_words("outside" if status == "expected" and not row.is_on_roster else status)


@register.filter
def is_undone_by(row: RegisterRow, account: Account) -> bool:
    """Whether the row says what this person said last, so that they can take it back at once."""
    last = row.last_change
    return last is not None and last.action == MarkChange.Action.SET and last.changed_by_id == account.pk


@register.filter
def closes_at(session: ClassSession) -> str:
    """When the register is closed."""
    return words.clock(closing_time(session))


@register.inclusion_tag("lecturer/register/piece.html")
def piece(name: str, text_and_version: tuple[str, str]) -> dict[str, Any]:
    """A part of a page that is sent anew when it looks different; its text is a rendered template."""
    text, version = text_and_version
    return {"name": name, "text": mark_safe(text), "version": version}


@register.inclusion_tag("lecturer/bar.html")
def bar(session: ClassSession, row: RegisterRow) -> dict[str, Any]:
    """The lesson as a bar with the minutes in which the student was seen."""
    seen = words.row_seen_words(row)
    return {
        "seen": segments(session, row.seen),
        "status": row.status,
        "label": gettext("Seen {seen}").format(seen=seen) if seen else gettext("Not seen by a camera"),
    }


@register.simple_tag(takes_context=True)
def group_query(context: dict[str, Any], group: Group) -> str:
    """The address's query that asks for the marks of a group; empty where no filter does."""
    wanted = group_words.filter_for(group)
    query = context["request"].GET.copy()
    for name in ("group", "page", "status", "source"):
        query.pop(name, None)
    for name, value in wanted.items():
        query[name] = value
    return str(query.urlencode()) if wanted else ""


@register.simple_tag
def strip_months(strip: Strip, student: Student) -> list[tuple[str, SafeString]]:
    """The months of a student's term in a course, each with its cells."""
    return month_texts(strip.cells, student)


@register.simple_tag
def blind_notice(found: Register) -> notices.BlindNotice | None:
    """What to say of the times in which no camera could see."""
    return notices.blind_notice(found)


@register.simple_tag
def look_alike_notices(found: Register) -> list[notices.LookAlikeNotice]:
    """What to say of those of whom cameras saw one and cannot say whom."""
    return notices.look_alike_notices(found)


@register.simple_tag
def other_zone(zone: ZoneInfo, instant: datetime) -> str:
    """The reader's time zone, where the room's clock shows another time; else nothing."""
    reader = timezone.get_current_timezone()
    if instant.astimezone(reader).utcoffset() == instant.astimezone(zone).utcoffset():
        return ""
    local = instant.astimezone(zone)
    return gettext(" ({get_current_timezone_name}; in the room {local}, {key})").format(
        get_current_timezone_name=timezone.get_current_timezone_name(), local=f"{local:%H:%M}", key=zone.key
    )
