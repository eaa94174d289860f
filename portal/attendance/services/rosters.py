"""Rosters: an edit touches open registers alone, and closed ones only where somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db.models import Q

from portal.attendance.models import ClassSession, Course, Mark, RosterEntry, Student
from portal.attendance.services.deciding import decide_locked, lock_session
from portal.attendance.services.transactions import repeat_transaction
from portal.attendance.services.warnings import evaluate_course


def hold_students(keys: Iterable[int | None]) -> None:
    """Lock students (primary keys) until the transaction ends, before it is asked which rosters they are on.

    The database itself cannot refuse memberships that overlap.
    """
    list(Student.objects.select_for_update().filter(pk__in=list(keys)).order_by("pk").values_list("pk"))


def join(course: Course, students: Iterable[Student], since: date | None) -> list[RosterEntry]:
    """Put students on a course's roster from a day on; the memberships of those who were not on it then."""
    students = list(students)
    hold_students(student.pk for student in students)
    there = list(RosterEntry.objects.filter(course=course, student__in=students))
    joining = [RosterEntry(course=course, student=student, since=since) for student in students]
    return RosterEntry.objects.bulk_create(
        entry
        for entry in joining
        if not any(other.student_id == entry.student_id and entry.overlaps(other) for other in there)
    )


def held_sessions_to_change(course: Course, students: Iterable[Student]) -> list[ClassSession]:
    """The course's closed registers that expect others of these students than the roster of their day does now."""
    keys = {student.pk for student in students}
    sessions = list(ClassSession.objects.filter(course=course, closed_at__isnull=False).order_by("starts_at"))
    rows = Mark.objects.filter(session__in=sessions, student__in=keys, on_roster=True)
    counted = set(rows.order_by().values_list("session", "student"))
    entries = list(RosterEntry.objects.filter(course=course, student__in=keys, student__is_active=True))
    return [
        session
        for session in sessions
        if {(session.pk, each.student_id) for each in entries if _holds(each, session.day)}
        != {(session.pk, key) for key in keys if (session.pk, key) in counted}
    ]


def apply_roster_to_held_sessions(course: Course, students: Iterable[Student]) -> int:
    """Bring the roster as it is now into the closed registers of the course, for these students; how many changed.

    Who joined gets an answer there; the row of who left stays and does not count. Each register is a transaction of its
    own, and doing it twice changes nothing.
    """
    students = list(students)
    changed = held_sessions_to_change(course, students)
    keys = {student.pk for student in students}
    for session in changed:
        _decide_by_roster(session.pk, keys)
    if changed:
        evaluate_course(course)
    return len(changed)


def decide_open_registers(edited: Mapping[Course, Iterable[Student]]) -> None:
    """After an edit of rosters: what open registers know of these students counts by the roster of their day.

    In the order of their ids: within a transaction each stays locked, and two who edit rosters at once must not wait
    for each other.
    """
    concerned: dict[int, set[int]] = {}
    for course, students in edited.items():
        keys = {student.pk for student in students}
        known = Q(marks__student__in=keys) | Q(evidence__student__in=keys)
        sessions = ClassSession.objects.filter(known, course=course, closed_at=None)
        concerned |= dict.fromkeys(sessions.order_by().values_list("pk", flat=True), keys)
    for session_id in sorted(concerned):
        _decide_by_roster(session_id, concerned[session_id])


def _decide_by_roster(session_id: int, students: set[int]) -> None:
    repeat_transaction(lambda: decide_locked(lock_session(session_id), students, with_roster=True))


def end_membership(entry: RosterEntry, today: date) -> bool:
    """Take a student off a roster; True where the membership is kept, with yesterday as its last day.

    It is kept where the course met while it held: what was held stays explained by it. Else the entry goes. Where a
    register of today is closed and counts the student, today is its last day.
    """
    counting = Mark.objects.filter(session__course=entry.course_id, session__day=today, student=entry.student_id)
    is_counted = counting.filter(session__closed_at__isnull=False, on_roster=True).exists()
    last = today if is_counted else today - timedelta(days=1)
    met = ClassSession.objects.filter(course=entry.course_id, day__lte=last)
    if entry.since:
        met = met.filter(day__gte=entry.since)
    if not met.exists():
        entry.delete()
        return False
    if entry.until is None or entry.until > last:
        entry.until = last
        entry.save(update_fields=["until"])
    return True


def _holds(entry: RosterEntry, day: date) -> bool:
    return (entry.since is None or entry.since <= day) and (entry.until is None or entry.until >= day)
