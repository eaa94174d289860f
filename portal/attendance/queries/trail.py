"""The trail as one list: what somebody changed in names, roles, times, rosters, rules and excuses, or in marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from portal.accounts.models import Account, OfficialChange
from portal.attendance.models import MarkChange, Student
from portal.attendance.numbers import fold_number
from portal.attendance.search import find_students
from portal.attendance.trail_words import told_field, told_value
from portal.web.languages import later as _

MARKS = "mark"
KINDS = {
    "student": _("Students"),
    "roster_entry": _("Rosters"),
    "course": _("Courses, lecturers, assistants"),
    "course_rules": _("Rules of courses"),
    "class_session": _("Class sessions"),
    "timetable_slot": _("Weekly slots"),
    "term": _("Terms"),
    "closure": _("Closures"),
    "room": _("Rooms"),
    "room_camera": _("Cameras of rooms"),
    "room_contact": _("People told of cameras"),
    "department": _("Departments, viewers"),
    "excuse": _("Excuses"),
    "confidential_kind": _("Confidential kinds of reason"),
    "warning_rule": _("Rules of warnings"),
    "warning_text": _("Texts of mails"),
    "account": _("Accounts"),
    MARKS: _("Marks"),
}
"""What changes are of, by the table."""

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: when, by whom, of what (a table and what the row was called), and from what to what."""

    key: int
    at: datetime
    who: str
    address: str
    kind: str
    name: str
    field: str
    old: str
    new: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; empty means any. ``kind`` is a key of ``KINDS``; ``until`` is the instant after the last."""

    text: str = ""
    who: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find_entries(asked: Asked, size: int, before: int | None, hidden: tuple[str, ...] = ()) -> list[Entry]:
    """The latest changes first, those before a key. hidden: tables that the reader may not see.

    Marks are looked for by themselves: there are a thousand times as many changes of them.
    """
    is_marks = asked.kind == MARKS
    rows: QuerySet[Any] = _mark_changes(asked) if is_marks else _official_changes(asked, hidden)
    if before:
        rows = rows.filter(pk__lt=before)
    if asked.since:
        rows = rows.filter(changed_at__gte=asked.since)
    if asked.until:
        rows = rows.filter(changed_at__lt=asked.until)
    entry: Callable[[Any], Entry] = _of_mark if is_marks else _of_row
    return [entry(row) for row in rows.order_by("-pk")[:size]]


def _official_changes(asked: Asked, hidden: tuple[str, ...]) -> QuerySet[OfficialChange]:
    found = Q()
    for word in asked.text.split():
        found &= Q(row_name__icontains=word) | Q(old__icontains=word) | Q(new__icontains=word) | _of_student(word)
    for word in asked.who.split():
        found &= Q(changed_by_name__icontains=word) | Q(changed_by_email__icontains=word) | Q(program__icontains=word)
    if asked.kind:
        found &= Q(table_name=asked.kind)
    return OfficialChange.objects.filter(found).exclude(table_name__in=hidden)


def _of_student(number: str) -> Q:
    """What was changed of the student with that number, which the trail calls by name alone."""
    students = Student.objects.filter(folded_number=fold_number(number)).order_by().values("pk")
    return Q(table_name="student", row_id__in=students)


def _mark_changes(asked: Asked) -> QuerySet[MarkChange]:
    """Those that a person made."""
    rows = MarkChange.objects.filter(changed_by__isnull=False).select_related("student", "session__course")
    if asked.text.split():
        rows = rows.filter(find_students(asked.text, "student__"))
    if words := asked.who.split():
        found = Q()
        for word in words:
            found &= Q(name__icontains=word) | Q(email__icontains=word)
        # By the account, which has an index, and by what it was called then.
        rows = rows.filter(changed_by__in=Account.objects.filter(found).order_by().values("pk"))
    return rows


def _of_row(change: OfficialChange) -> Entry:
    return Entry(
        key=change.pk,
        at=change.changed_at,
        who=change.changed_by_name or change.program,
        address=change.changed_by_email,
        kind=KINDS.get(change.table_name, change.table_name),
        name=change.row_name,
        field=told_field(change.field),
        old=told_value(change.old, change.field),
        new=told_value(change.new, change.field),
    )


def _of_mark(change: MarkChange) -> Entry:
    session = change.session
    return Entry(
        key=change.pk,
        at=change.changed_at,
        who=change.changed_by_name,
        address=change.changed_by_email,
        kind=KINDS[MARKS],
        name=f"{change.student} in {session.course.code}, {session.day}",
        field=change.get_action_display(),
        old=change.get_from_status_display() if change.from_status else "",
        new=change.get_to_status_display(),
        reason=change.reason,
    )
