"""The facts of one class session, read in a constant number of queries however many students there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet, Value

from portal.attendance.coverage import Span, camera_times, merge_spans, room_coverage
from portal.attendance.decision import Excused, Facts, Seen
from portal.attendance.evidence import SEEN, anothers_evidence, start_of_hour
from portal.attendance.history import WORDS, is_undated, with_word_of_mark, word_in_force
from portal.attendance.models import (
    BlindSpan,
    ClassSession,
    Enrolled,
    Evidence,
    Excuse,
    Mark,
    MarkChange,
    RoomCamera,
    RosterEntry,
    Sight,
    Source,
)
from portal.attendance.persons import Persons, is_active, person

_ORDER = ("is_anothers", "camera_name", "hour", "clock_was_wrong", "is_between", "pk")
"""Of entries with the same first sighting the first in this order is taken, whichever arrived first."""

FARTHEST = 1.0
"""The distance of a mark that has none: farther than any at which a student is named."""


Row = TypeVar("Row", bound=Model)


def roster_of(session: ClassSession) -> QuerySet[RosterEntry]:
    """Who is expected by the roster as it is now: active students whose membership holds on the day.

    The student who is expected is the one who stands for the entry's: ``persons.person``.
    """
    return RosterEntry.objects.on(session.day).filter(is_active(), course=session.course_id)


def session_coverage(session: ClassSession) -> list[Span]:
    """When the cameras of the session's room could see it; every camera counts that belonged to the room then."""
    room, start, end = session.room, session.starts_at, session.ends_at
    found = {kind: defaultdict[str, list[Span]](list) for kind in ("belonged", "saw", "blind")}
    cameras = RoomCamera.objects.filter(Q(until__isnull=True) | Q(until__gt=start), room=room, since__lt=end)
    rows = cameras.order_by().values_list(Value("belonged"), "camera_name", "since", "until")
    during = {"room": room, "ends_at__gt": start, "starts_at__lt": end}
    spans = (
        model.objects.filter(**during).order_by().values_list(Value(kind), "camera_name", "starts_at", "ends_at")
        for kind, model in (("saw", Sight), ("blind", BlindSpan))
    )
    for kind, name, since, until in rows.union(*spans, all=True):
        found[kind][name].append((since, until or end))
    times = camera_times((start, end), found["belonged"], found["saw"], found["blind"])
    return room_coverage(times.values(), each_camera_sees_all=room.each_camera_sees_all)


@dataclass(frozen=True)
class SessionFacts:
    """What the tables say of a class session, of all its students or of those in ``students`` (primary keys).

    Marks may have their times from what was seen of the students in ``separated``, who were merged into theirs.
    """

    session: ClassSession
    students: Collection[int] | None = None
    separated: Collection[int] = ()

    @cached_property
    def marks(self) -> dict[int, Mark]:
        """The rows as they stand, by student; locked until the transaction ends."""
        return {mark.student_id: mark for mark in self._rows(Mark.objects.select_for_update().order_by("pk"))}

    @cached_property
    def roster(self) -> frozenset[int]:
        """Who is on the roster of the day, as it is now."""
        members = roster_of(self.session)
        if self.students is not None:
            named = Q(student__in=self.students) | Q(student__merged_into__in=self.students)
            members = members.filter(named)
        return frozenset(members.values_list(person(), flat=True))

    @cached_property
    def persons(self) -> Persons:
        """Who stands for whom. What is known of a student counts for the one who stands for them too."""
        return Persons()

    @cached_property
    def coverage(self) -> list[Span]:
        """When the room could be seen. An open register needs none."""
        return session_coverage(self.session) if self.session.closed_at else []

    @cached_property
    def changes(self) -> dict[int, list[MarkChange]]:
        """The words that persons gave and took back, by student, in the order in which they did.

        One that only a mark tells is not saved yet.
        """
        found: dict[int, list[MarkChange]] = defaultdict(list)
        for change in self._rows(MarkChange.objects.filter(action__in=WORDS).order_by("pk")):
            found[change.student_id].append(change)
        for student_id, mark in self.marks.items():
            if mark.source == Source.LECTURER:
                found[student_id] = with_word_of_mark(found[student_id], mark)
        return found

    def of(self, student_id: int, *, is_expected: bool, changes: Sequence[MarkChange] | None = None) -> Facts:
        """What ``decide`` needs; ``changes`` takes the place of the student's words in the database."""
        session, seen_by_mark = self.session, self._seen_by_marks.get(student_id)
        return Facts(
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            late_after_minutes=session.late_after_minutes,
            is_closed=session.closed_at is not None,
            is_expected=is_expected,
            word=word_in_force(
                self._words(student_id, self.changes.get(student_id, ()) if changes is None else changes)
            ),
            evidence=[*self.evidence.get(student_id, ()), *([seen_by_mark] if seen_by_mark else [])],
            excuse=self.excuses.get(student_id),
            room_sight=self.coverage,
            nameable=self._nameable.get(student_id, ()),
            least_coverage_percent=session.course.least_coverage_percent,
        )

    @cached_property
    def excuses(self) -> dict[int, Excused]:
        """The excuse in force on the day of the class session, by student; of several the one entered first."""
        session = self.session
        rows = self._of_students(Excuse.objects.on(session.day, session.course_id)).order_by("-pk")
        found = rows.values_list("student", "first_day", "last_day", "entered_by_name")
        return {
            concerned: Excused(first, last, by_name)
            for student_id, first, last, by_name in found
            for concerned in self._concerns(student_id)
        }

    @cached_property
    def evidence(self) -> dict[int, list[Seen]]:
        """What cameras saw, by student; first what they kept for this class session.

        What cameras of the room saw at that time and kept for another class session counts too, within this one's
        times.
        """
        session = self.session
        rows = self._entries(Evidence.objects.filter(session=session), is_anothers=False)
        rows = rows.union(self._entries(anothers_evidence(session), is_anothers=True), all=True).order_by(*_ORDER)
        found: dict[int, list[Seen]] = defaultdict(list)
        for student_id, is_anothers, _, _, *entry in rows:
            seen = Seen(*entry)
            if is_anothers:
                if not (span := seen.within(session.starts_at, session.ends_at)):
                    continue
                seen = replace(seen, first_seen_at=span[0], last_seen_at=span[1], minutes=0)
            for concerned in self._concerns(student_id):
                found[concerned].append(seen)
        return found

    def _entries(self, rows: QuerySet[Evidence], *, is_anothers: bool) -> Any:
        rows = self._of_students(rows).order_by().annotate(is_anothers=Value(is_anothers))
        return rows.values_list("student", "is_anothers", "clock_was_wrong", "pk", *SEEN)

    def keeps_times(self, student_id: int) -> bool:
        """Whether the times of the student's mark are the only ones there are, and stay as they are."""
        is_told = any(seen.is_sure for seen in self.evidence.get(student_id, ()))
        return student_id in self._seen_by_marks and not is_told

    @cached_property
    def _seen_by_marks(self) -> dict[int, Seen]:
        """What marks say was seen and no evidence tells, by student: older recognizers send none. It counts too.

        Where evidence tells the same sighting, of whatever class session, the mark has its times from there; whether
        they count is then for the evidence to say.
        """
        marks = {pk: mark for pk, mark in (self._marks_of_merged | self.marks).items() if mark.first_seen_at}
        told = {student_id for student_id, mark in marks.items() if _is_told(mark, self.evidence.get(student_id, ()))}
        if rest := marks.keys() - told:
            rows = Evidence.objects.filter(student__in={*rest, *self.separated}).order_by()
            for student_id, *entry in rows.values_list("student", *SEEN):
                concerned = rest if student_id in self.separated else {student_id}
                told |= {pk for pk in concerned if _is_told(marks[pk], [Seen(*entry)])}
        seen = {student_id: _seen_by(mark) for student_id, mark in marks.items() if student_id not in told}
        return {key: each for pk, each in seen.items() for key in self._concerns(pk) if key not in told}

    @cached_property
    def _nameable(self) -> dict[int, list[Span]]:
        """When the room's gallery could name the student; nothing where nobody was seen anyway."""
        if not self.coverage:
            return {}
        session = self.session
        during = Q(removed_at__isnull=True) | Q(removed_at__gt=session.starts_at)
        rows = Enrolled.objects.filter(during, room=session.room_id, enrolled_at__lt=session.ends_at)
        found: dict[int, list[Span]] = defaultdict(list)
        spans = self._of_students(rows).values_list("student", "enrolled_at", "removed_at")
        for student_id, start, end in spans:
            for concerned in self._concerns(student_id):
                found[concerned].append((start, end or session.ends_at))
        return {student_id: merge_spans(spans) for student_id, spans in found.items()}

    def _words(self, student_id: int, own: Sequence[MarkChange]) -> Sequence[MarkChange]:
        """The words of a student, and those of whom they stand for, in the order in which they were said."""
        others = [each for key in self.persons.merged_into(student_id) for each in self._changes_of_merged.get(key, ())]
        return sorted([*others, *own], key=_said_at) if others else own

    @cached_property
    def _merged(self) -> set[int]:
        """The students for whom one of the students stands."""
        return self.persons.merged(self.students)

    @cached_property
    def _marks_of_merged(self) -> dict[int, Mark]:
        rows = Mark.objects.filter(session=self.session, student__in=self._merged) if self._merged else ()
        return {mark.student_id: mark for mark in rows}

    @cached_property
    def _changes_of_merged(self) -> dict[int, list[MarkChange]]:
        found: dict[int, list[MarkChange]] = defaultdict(list)
        for change in MarkChange.objects.filter(session=self.session, student__in=self._merged, action__in=WORDS):
            found[change.student_id].append(change)
        return {
            pk: with_word_of_mark(found[pk], mark) if mark.source == Source.LECTURER else found[pk]
            for pk, mark in self._marks_of_merged.items()
        }

    def _concerns(self, student_id: int) -> set[int]:
        """For whom it counts what is known of a student: for the one who stands for them too."""
        return {student_id, self.persons.person_of(student_id)}

    def _rows(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        rows = rows.filter(session=self.session)
        return rows if self.students is None else rows.filter(student__in=self.students)

    def _of_students(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        return rows if self.students is None else rows.filter(student__in={*self.students, *self._merged})


def _said_at(change: MarkChange) -> datetime:
    """When a word was said; first of all the one of which nobody knows."""
    return datetime.min.replace(tzinfo=UTC) if is_undated(change) else change.changed_at


def _is_told(mark: Mark, entries: Iterable[Seen]) -> bool:
    """Whether the mark's first sighting is in one of the entries."""
    at = mark.first_seen_at
    assert at is not None
    return any(
        seen.is_sure and seen.camera_name == mark.camera_name and seen.first_seen_at <= at <= seen.last_seen_at
        for seen in entries
    )


def _seen_by(mark: Mark) -> Seen:
    """What a mark itself says was seen."""
    first, last = mark.first_seen_at, mark.last_seen_at
    assert first is not None
    assert last is not None  # The database's own rule: both or none.
    distance = FARTHEST if mark.distance is None else mark.distance
    return Seen(mark.camera_name, start_of_hour(first), first, last, 0, distance)
