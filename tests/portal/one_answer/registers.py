"""What these tests do and read."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.accounts.models import Account
from portal.attendance.models import ClassSession, Mark, MarkChange, Student
from portal.attendance.services.correction import correct_mark
from tests.fixtures.portal_database import RoomsRecognizer
from tests.portal.school import NINE, School

MINUTE = timedelta(minutes=1)
END = NINE + 50 * MINUTE
"""Of the school's class session, of 50 minutes."""
DUE = END + 15 * MINUTE


def at(minute: float) -> datetime:
    return NINE + minute * MINUTE


def register(session: ClassSession) -> dict[str, str]:
    """What the rows say, by student number; those that do not count in brackets."""
    rows = Mark.objects.filter(session=session).select_related("student")
    return {
        row.student.number: f"{row.status} {row.because}".strip() if row.on_roster else f"({row.status})"
        for row in rows
    }


def history(session: ClassSession, student: Student) -> list[str]:
    """Each change, the earliest first."""
    changes = MarkChange.objects.filter(session=session, student=student).order_by("pk")
    return [
        f"{change.program or change.changed_by.name}: {change.from_status or '-'} > {change.to_status}"
        for change in changes
    ]


def watch(recognizer: RoomsRecognizer, school: School) -> None:
    """The room's one camera saw all of it, and everybody is enrolled."""
    recognizer.sight(at(-30), at(120))
    for student in school.students:
        recognizer.enrol(student, at(-10_000))


def say(school: School, student: Student, status: str, by: Account) -> None:
    correct_mark(school.session, student, status, "I know it", by)
