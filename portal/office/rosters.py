"""What follows from an edit of rosters: open registers are decided anew, closed ones only where somebody asks."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from portal.attendance.models import ClassSession, Course, Student
from portal.attendance.services.rosters import decide_open_registers, held_sessions_to_change


def follow_edit(request: HttpRequest, course: Course, students: Iterable[Student]) -> None:
    """After the edit was saved: decide the open registers, and remember whom the closed ones are offered for."""
    keys = {student.pk for student in students}
    decide_open_registers({course: Student.objects.filter(pk__in=keys)})
    request.session[_key(course)] = sorted(keys | set(request.session.get(_key(course), [])))


def edited(request: HttpRequest, course: Course) -> list[Student]:
    """Whom the visitor's last edits of the course's roster concerned."""
    return list(Student.objects.filter(pk__in=request.session.get(_key(course), [])))


def held_sessions(request: HttpRequest, course: Course) -> list[ClassSession]:
    """The closed registers that those edits would change. Where there are none, the edits are forgotten."""
    if _key(course) not in request.session:
        return []
    held = held_sessions_to_change(course, edited(request, course))
    if not held:
        forget(request, course)
    return held


def forget(request: HttpRequest, course: Course) -> None:
    """The offer was taken, or declined."""
    request.session.pop(_key(course), None)


def _key(course: Course) -> str:
    return f"roster-edited-{course.pk}"
