"""The facts of one class session, read in a constant number of queries however many students there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db.models import Q, QuerySet

from portal.attendance.coverage import Span, camera_times, merge_spans, room_coverage
from portal.attendance.decision import Facts, Seen, Word
from portal.attendance.history import WORDS, word_in_force
from portal.attendance.models import (
    BlindSpan,
    ClassSession,
    Enrolled,
    Evidence,
    Mark,
    MarkChange,
    RoomCamera,
    RosterEntry,
    Sight,
    Source,
)

_ORDER = ("camera_name", "hour", "clock_was_wrong")
"""Of entries with the same first sighting the first in this order is taken, whichever arrived first."""

FARTHEST = 1.0
"""The distance of a mark that has none: farther than any at which a student is named."""


def roster_of(session: ClassSession) -> QuerySet[RosterEntry]:
    """Who is expected by the roster as it is now: active students whose membership holds on the day."""
    return RosterEntry.objects.on(session.day).filter(course=session.course_id, student__is_active=True)


def session_coverage(session: ClassSession) -> list[Span]:
    """When the cameras of the session's room could see it; every camera counts that belonged to the room then."""
    room, start, end = session.room, session.starts_at, session.ends_at
    during = {"room": room, "ends_at__gt": start, "starts_at__lt": end}
    rows = RoomCamera.objects.filter(Q(until__isnull=True) | Q(until__gt=start), room=room, since__lt=end)
    cameras = camera_times(
        (start, end),
        _by_camera(
            (name, since, until or end) for name, since, until in rows.values_list("camera_name", "since", "until")
        ),
        _by_camera(Sight.objects.filter(**during).values_list("camera_name", "starts_at", "ends_at")),
        _by_camera(BlindSpan.objects.filter(**during).values_list("camera_name", "starts_at", "ends_at")),
    )
    return room_coverage(cameras.values(), each_camera_sees_all=room.each_camera_sees_all)


def _by_camera(rows: Iterable[tuple[str, datetime, datetime]]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for name, start, end in rows:
        found[name].append((start, end))
    return found


@dataclass(frozen=True)
class SessionFacts:
    """What the tables say of a class session, of all its students or of those in ``students`` (primary keys)."""

    session: ClassSession
    students: Collection[int] | None = None

    @cached_property
    def marks(self) -> dict[int, Mark]:
        """The rows as they stand, by student; locked until the transaction ends."""
        return {mark.student_id: mark for mark in self._rows(Mark.objects.select_for_update().order_by("pk"))}

    @cached_property
    def roster(self) -> frozenset[int]:
        """Who is on the roster of the day, as it is now."""
        members = roster_of(self.session)
        if self.students is not None:
            members = members.filter(student__in=self.students)
        return frozenset(members.values_list("student", flat=True))

    @cached_property
    def coverage(self) -> list[Span]:
        """When the room could be seen. An open register needs none."""
        return session_coverage(self.session) if self.session.closed_at else []

    @cached_property
    def changes(self) -> dict[int, list[MarkChange]]:
        """The words that persons gave and took back, by student, in the order in which they did."""
        found: dict[int, list[MarkChange]] = defaultdict(list)
        for change in self._rows(MarkChange.objects.filter(action__in=WORDS).order_by("pk")):
            found[change.student_id].append(change)
        return found

    def of(self, student_id: int, *, is_expected: bool, changes: Sequence[MarkChange] | None = None) -> Facts:
        """What ``decide`` needs; ``changes`` takes the place of the student's words in the database."""
        session = self.session
        return Facts(
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            late_after_minutes=session.late_after_minutes,
            is_closed=session.closed_at is not None,
            is_expected=is_expected,
            word=self._word(student_id, self.changes.get(student_id, []) if changes is None else changes),
            evidence=[*self.evidence.get(student_id, ()), *self._seen_by_mark(student_id)],
            room_sight=self.coverage,
            nameable=self._nameable.get(student_id, ()),
            least_coverage_percent=session.course.least_coverage_percent,
        )

    def _word(self, student_id: int, changes: Sequence[MarkChange]) -> Word | None:
        mark = self.marks.get(student_id)
        if not changes and mark and mark.source == Source.LECTURER and mark.marked_by_id:
            # Written before there was a history, or restored without it: it is a person's all the same.
            return Word(mark.status, mark.marked_by_id, mark.note)
        return word_in_force(changes)

    def _seen_by_mark(self, student_id: int) -> list[Seen]:
        """What a mark says that it saw counts too: its evidence may be on its way, and older recognizers send none."""
        mark = self.marks.get(student_id)
        if mark is None or mark.first_seen_at is None or mark.last_seen_at is None:
            return []
        hour = mark.first_seen_at.replace(minute=0, second=0, microsecond=0)
        distance = FARTHEST if mark.distance is None else mark.distance
        return [Seen(mark.camera_name, hour, mark.first_seen_at, mark.last_seen_at, 0, distance)]

    @cached_property
    def evidence(self) -> dict[int, list[Seen]]:
        """What cameras saw, by student."""
        found: dict[int, list[Seen]] = defaultdict(list)
        fields = ("camera_name", "hour", "first_seen_at", "last_seen_at", "minutes", "distance", "is_confirmed")
        for student_id, *entry in self._rows(Evidence.objects.order_by(*_ORDER)).values_list("student", *fields):
            found[student_id].append(Seen(*entry))
        for student_id, seen in self._seen_meanwhile():
            found[student_id].append(seen)
        return found

    def _seen_meanwhile(self) -> Iterator[tuple[int, Seen]]:
        """What cameras of the room saw during the class session and kept for another.

        A class session that was moved since, or entered later, was held in what was then another's time.
        """
        start, end = self.session.starts_at, self.session.ends_at
        during = {"hour__gte": start.replace(minute=0, second=0, microsecond=0), "hour__lt": end, "is_confirmed": True}
        rows = Evidence.objects.filter(room=self.session.room_id, **during).exclude(session=self.session)
        if self.students is not None:
            rows = rows.filter(student__in=self.students)
        fields = ("student", "camera_name", "hour", "first_seen_at", "last_seen_at", "minutes", "distance")
        for student_id, *entry in rows.order_by(*_ORDER, "pk").values_list(*fields):
            seen = Seen(*entry)
            if span := seen.within(start, end):
                yield student_id, replace(seen, first_seen_at=span[0], last_seen_at=span[1], minutes=0)

    @cached_property
    def _nameable(self) -> dict[int, list[Span]]:
        """When the room's gallery could name the student; nothing where nobody was seen anyway."""
        if not self.coverage:
            return {}
        session = self.session
        during = Q(removed_at__isnull=True) | Q(removed_at__gt=session.starts_at)
        rows = Enrolled.objects.filter(during, room=session.room_id, enrolled_at__lt=session.ends_at)
        if self.students is not None:
            rows = rows.filter(student__in=self.students)
        found: dict[int, list[Span]] = defaultdict(list)
        for student_id, start, end in rows.values_list("student", "enrolled_at", "removed_at"):
            found[student_id].append((start, end or session.ends_at))
        return {student_id: merge_spans(spans) for student_id, spans in found.items()}

    def _rows(self, rows: QuerySet) -> QuerySet:
        rows = rows.filter(session=self.session)
        return rows if self.students is None else rows.filter(student__in=self.students)
