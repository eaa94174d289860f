"""What the tables say of the students in one class session's register."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from portal.attendance.evidence import evidence_beside, seen_of, start_of_hour
from portal.attendance.models import ClassSession, Enrolled, Evidence, Excuse, Mark, MarkChange, RosterEntry, Student
from portal.attendance.persons import person
from portal.attendance.queries.look_alikes import LookAlikes
from portal.attendance.queries.register_rows import OUTSIDE, RegisterRow
from portal.attendance.schedule import Phase, phase_of
from portal.web.prepared import prepared


class RegisterFacts:
    """What the tables say of each student of a class session, by their primary keys.

    ``changes``: those of persons in the class session, in their order, where the caller has read them already.
    """

    def __init__(self, session: ClassSession, now: datetime, changes: Iterable[MarkChange] | None = None) -> None:
        # Of a class session to come it is asked whom the gallery can name now.
        during = min(now, session.starts_at), min(now, session.ends_at)
        rows: list[Any] = _marks(session, *during)
        expected_now: list[Any] = [] if session.closed_at else _members(session, *during)
        self.session, self.phase = session, phase_of(session, now)
        self.roster = {each.pk: each for each in expected_now}
        self.marks = _shown({mark.student_id: mark for mark in rows}, self.roster)
        self._sightings = _sightings_in(session)
        self.evidence = _evidence(session, self._sightings, self.marks)
        self._changes = changes
        told = {each.student_id: each for each in rows} | {each.pk: each for each in expected_now}
        self._excuse_keys = {pk: each.excuse for pk, each in told.items() if each.excuse}
        self._unnamed = {pk for pk, each in told.items() if not each.is_named}

    @property
    def doubtful(self) -> list[Evidence]:
        """What marks nobody, was seen in the time of the class session and kept for another one, and a mark goes by."""
        doubts = (Mark.Because.CLOCK, Mark.Because.LOOK_ALIKE)
        students = {mark.student_id for mark in self.marks.values() if mark.because in doubts}
        session = self.session
        return [
            entry
            for entry in self._sightings
            if entry.session_id != session.pk
            and entry.student_id in students
            and seen_of(entry).within(session.starts_at, session.ends_at)
        ]

    @cached_property
    def excuses(self) -> dict[int, Excuse]:
        """The excuse of each student who has one. Where nobody has, as mostly, the database is not asked."""
        wanted = set(self._excuse_keys.values())
        rows = Excuse.objects.filter(pk__in=wanted).select_related("entered_by", "course") if wanted else ()
        return {each.student_id: each for each in rows}

    @cached_property
    def changes(self) -> dict[int, MarkChange]:
        """The last change of each mark by a person."""
        changes = _changes_by_persons(self.session.pk) if self._changes is None else self._changes
        return {change.student_id: change for change in changes}

    def row_of(self, student: Student, look_alikes: LookAlikes | None) -> RegisterRow:
        """The student's row, whether a mark says something, a camera or the roster alone."""
        mark = self.marks.get(student.pk)
        is_expected = mark.on_roster if mark and self.session.closed_at else student.pk in self.roster
        has_excuse = is_expected and student.pk in self._excuse_keys
        return RegisterRow(
            student=student,
            mark=mark,
            status=_status(mark, self.phase, is_expected=is_expected, is_excused=has_excuse),
            is_on_roster=is_expected,
            is_enrolled=student.pk not in self._unnamed,
            has_excuse=has_excuse,
            evidence=self.evidence.get(student.pk, []),
            look_alikes=look_alikes,
            told=self,
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
def _marks(session: ClassSession, start: datetime, end: datetime) -> QuerySet[Mark]:
    """With their students, and ``excuse``, the primary key of the excuse that holds in the class session; ``is_named``
    says whether the room's gallery could name the student."""
    rows = Mark.objects.filter(session=session.pk).order_by().select_related("student", "marked_by")
    is_named = _is_named(session, "student", start, end)
    return rows.annotate(excuse=_excuse_of(session, "student"), is_named=is_named)


@prepared
def _members(session: ClassSession, start: datetime, end: datetime) -> QuerySet[Student]:
    """Who is expected, with the same of them as in ``_marks``."""
    is_named = _is_named(session, "pk", start, end)
    return roster_of(session).annotate(excuse=_excuse_of(session, "pk"), is_named=is_named)


def roster_of(session: ClassSession) -> QuerySet[Student]:
    """Who is expected: the active students on the course's roster on the day of the class session."""
    entries = RosterEntry.objects.filter(course=session.course_id).on(session.day)
    return Student.objects.filter(is_active=True, pk__in=entries.values(key=person())).order_by()


def _excuse_of(session: ClassSession, student: str) -> Subquery:
    """The excuse by which the student is excused in the class session: of several the first."""
    found = Excuse.objects.on(session.day, session.course_id).filter(student=OuterRef(student))
    return Subquery(found.order_by("pk").values("pk")[:1])


def _is_named(session: ClassSession, student: str, start: datetime, end: datetime) -> ExpressionWrapper:
    """Whether the room's gallery could name the student in that time, or the room had no gallery at all."""
    gallery = Enrolled.objects.filter(room=session.room_id, enrolled_at__lte=end).order_by()
    own = gallery.filter(Q(removed_at=None) | Q(removed_at__gt=start), student=OuterRef(student))
    return ExpressionWrapper(Q(Exists(own)) | ~Q(Exists(gallery)), output_field=BooleanField())


def _shown(marks: dict[int, Mark], roster: Container[int]) -> dict[int, Mark]:
    """Without marks that count nowhere of students for whom another one stands who is in the register."""

    def is_beside(mark: Mark) -> bool:
        into = mark.student.merged_into_id
        return into is not None and not mark.on_roster and (into in marks or into in roster)

    return {pk: mark for pk, mark in marks.items() if not is_beside(mark)}


_NOT_SHOWN = tuple(
    f"{student}__{name}"
    for student in ("student", "student__merged_into")
    for name in ("folded_number", "email", "tutor_email", "is_active")
)
"""What a register says nothing of: a row for each student is read, so that every column counts."""


def _evidence(session: ClassSession, sightings: Iterable[Evidence], marks: Container[int]) -> dict[int, list[Evidence]]:
    """What was kept for the class session of each student; of one who was merged without a mark it is the other's."""
    found: dict[int, list[Evidence]] = {}
    for entry in sightings:
        if entry.session_id == session.pk:
            key = entry.student_id if entry.student_id in marks else entry.student.person_id
            found.setdefault(key, []).append(entry)
    return found


def _sightings_in(session: ClassSession) -> list[Evidence]:
    """What was kept for the class session, in the order of time. Where the register is closed it may go by doubtful
    sightings that were kept for another one, and they are among them."""
    if session.closed_at is None:
        found = _sightings(session.pk)
    else:
        found = _sightings_beside(session.pk, session.room_id, start_of_hour(session.starts_at), session.ends_at)
    # The database would keep the whole of a union to sort it.
    return sorted(found, key=lambda entry: (entry.first_seen_at, entry.camera_name, entry.pk))


@prepared
def _sightings(session_id: int) -> QuerySet[Evidence]:
    return _with_students(Evidence.objects.filter(session=session_id))


@prepared
def _sightings_beside(session_id: int, room_id: int, since: datetime, until: datetime) -> QuerySet[Evidence]:
    doubtful = Q(is_confirmed=False) | Q(is_between=True)
    beside = evidence_beside(session_id, room_id, since, until).filter(doubtful)
    own = Evidence.objects.filter(session=session_id)
    return _with_students(own).union(_with_students(beside), all=True)


def _with_students(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    return rows.order_by().select_related("student__merged_into").defer(*_NOT_SHOWN)


@prepared
def _changes_by_persons(session_id: int) -> QuerySet[MarkChange]:
    changes = MarkChange.objects.filter(session=session_id, changed_by__isnull=False)
    return changes.select_related("changed_by").order_by("pk")
