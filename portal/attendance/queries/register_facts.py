"""What the tables say of the students in one class session's register."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, prefetch_related_objects

from portal.attendance.evidence import doubtful_evidence
from portal.attendance.models import ClassSession, Enrolled, Evidence, Excuse, Mark, MarkChange, RosterEntry, Student
from portal.attendance.persons import person
from portal.attendance.queries.look_alikes import LookAlikes
from portal.attendance.queries.register_rows import OUTSIDE, RegisterRow
from portal.attendance.schedule import Phase, phase_of
from portal.web.prepared import prepared


class RegisterFacts:
    """What the tables say of each student of a class session, by their primary keys."""

    def __init__(self, session: ClassSession, now: datetime) -> None:
        rows: list[Any] = _marks(session)
        expected_now: list[Any] = [] if session.closed_at else _members(session)
        self.session, self.phase = session, phase_of(session, now)
        self.roster = {each.pk: each for each in expected_now}
        self.marks = _shown({mark.student_id: mark for mark in rows}, self.roster)
        self.excuses = _excuses([*(each.excuse for each in rows), *(each.excuse for each in expected_now)])
        self.evidence = _evidence(session, self.marks)
        self.enrolled, self.has_gallery = _enrolled(session, now)
        self.changes = _last_words(session)

    def row_of(self, student: Student, look_alikes: LookAlikes | None) -> RegisterRow:
        """The student's row, whether a mark says something, a camera or the roster alone."""
        mark = self.marks.get(student.pk)
        is_expected = mark.on_roster if mark and self.session.closed_at else student.pk in self.roster
        excuse = self.excuses.get(student.pk) if is_expected else None
        return RegisterRow(
            student=student,
            mark=mark,
            status=_status(mark, self.phase, is_expected=is_expected, is_excused=excuse is not None),
            is_on_roster=is_expected,
            is_enrolled=not self.has_gallery or student.pk in self.enrolled,
            last_change=self.changes.get(student.pk),
            evidence=self.evidence.get(student.pk, []),
            look_alikes=look_alikes,
            excuse=excuse,
        )


def _status(mark: Mark | None, phase: Phase, *, is_expected: bool, is_excused: bool) -> str:
    """See ``RegisterRow``; a mark of the status ``expected`` says no more than none."""
    if mark and mark.status != Mark.Status.EXPECTED:
        return mark.status
    if mark and not is_expected:
        return OUTSIDE
    if phase is Phase.CANCELLED:
        return "cancelled"
    if is_excused:
        return Mark.Status.EXCUSED
    return "expected" if is_expected else "visitor"


@prepared
def _marks(session: ClassSession) -> QuerySet[Mark]:
    """With their students, and ``excuse``, the primary key of the excuse that holds in the class session."""
    rows = Mark.objects.filter(session=session.pk).order_by().select_related("student", "marked_by")
    return rows.annotate(excuse=_excuse_of(session, "student"))


@prepared
def _members(session: ClassSession) -> QuerySet[Student]:
    """Who is expected, with their excuses as in ``_marks``."""
    return roster_of(session).annotate(excuse=_excuse_of(session, "pk"))


def roster_of(session: ClassSession) -> QuerySet[Student]:
    """Who is expected: the active students on the course's roster on the day of the class session."""
    entries = RosterEntry.objects.filter(course=session.course_id).on(session.day)
    return Student.objects.filter(is_active=True, pk__in=entries.values(key=person())).order_by()


def _excuse_of(session: ClassSession, student: str) -> Subquery:
    """The excuse by which the student is excused in the class session: of several the first."""
    found = Excuse.objects.on(session.day, session.course_id).filter(student=OuterRef(student))
    return Subquery(found.order_by("pk").values("pk")[:1])


def _excuses(keys: Iterable[int | None]) -> dict[int, Excuse]:
    """The excuses with these primary keys, by student. Where there is none, as mostly, the database is not asked."""
    wanted = set(keys) - {None}
    rows = Excuse.objects.filter(pk__in=wanted).select_related("entered_by", "course") if wanted else ()
    return {each.student_id: each for each in rows}


def _shown(marks: dict[int, Mark], roster: Container[int]) -> dict[int, Mark]:
    """Without marks that count nowhere of students for whom another one stands who is in the register."""

    def is_beside(mark: Mark) -> bool:
        into = mark.student.merged_into_id
        return into is not None and not mark.on_roster and (into in marks or into in roster)

    return {pk: mark for pk, mark in marks.items() if not is_beside(mark)}


_NOT_SHOWN = tuple(f"student__{name}" for name in ("folded_number", "email", "tutor_email", "is_active"))
"""What a register says nothing of: a row for each student is read, so that every column counts."""


def _evidence(session: ClassSession, marks: Container[int]) -> dict[int, list[Evidence]]:
    """What was seen of each student, in the order of time; of one who was merged without a mark it is the other's."""
    found: dict[int, list[Evidence]] = {}
    entries = _sightings(session.pk)
    # Few were merged into others: those are not joined to every row.
    merged = [each.student for each in entries if each.student.merged_into_id]
    prefetch_related_objects(merged, "merged_into")
    for entry in entries:
        key = entry.student_id if entry.student_id in marks else entry.student.person_id
        found.setdefault(key, []).append(entry)
    return found


@prepared
def _sightings(session_id: int) -> QuerySet[Evidence]:
    rows = Evidence.objects.filter(session=session_id).order_by("first_seen_at", "camera_name")
    return rows.select_related("student").defer(*_NOT_SHOWN)


def doubtful_of(session: ClassSession, marks: Iterable[Mark]) -> list[Evidence]:
    """What marks nobody, was seen in the time of the class session and kept for another one, and a mark goes by."""
    doubts = (Mark.Because.CLOCK, Mark.Because.LOOK_ALIKE)
    students = [mark.student_id for mark in marks if mark.because in doubts]
    found = doubtful_evidence(session, students) if students else []
    return [entry for entry in found if entry.session_id != session.pk]


def _last_words(session: ClassSession) -> dict[int, MarkChange]:
    """The last change of each mark by a person."""
    return {change.student_id: change for change in _changes_by_persons(session.pk)}


@prepared
def _changes_by_persons(session_id: int) -> QuerySet[MarkChange]:
    changes = MarkChange.objects.filter(session=session_id, changed_by__isnull=False)
    return changes.select_related("changed_by").order_by("pk")


def _enrolled(session: ClassSession, now: datetime) -> tuple[set[int], bool]:
    """Whom the room's gallery could name in the class session so far, and whether the room had a gallery at all.

    Of a class session to come it says whom the gallery can name now.
    """
    start, end = min(now, session.starts_at), min(now, session.ends_at)
    found = _enrolled_until(session.room_id, end)
    return {student for student, removed_at in found if removed_at is None or removed_at > start}, bool(found)


@prepared
def _enrolled_until(room_id: int, end: datetime) -> QuerySet[Enrolled, tuple[int, datetime | None]]:
    rows = Enrolled.objects.filter(room=room_id, enrolled_at__lte=end).order_by()
    return rows.values_list("student", "removed_at")
