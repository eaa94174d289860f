"""One class session's register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain

from django.db.models import OuterRef, QuerySet, Subquery

from portal.attendance.coverage import Span, merge_spans
from portal.attendance.evidence import doubtful_evidence
from portal.attendance.models import (
    CameraStatus,
    ClassSession,
    Enrolled,
    Evidence,
    Excuse,
    Mark,
    MarkChange,
    RosterEntry,
    Student,
)
from portal.attendance.names import surname_key
from portal.attendance.persons import person
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.queries.look_alikes import LookAlikes, find_look_alikes
from portal.attendance.queries.sight import SessionSight, sight_of
from portal.attendance.schedule import Phase, phase_of

HERE = (Mark.Status.PRESENT, Mark.Status.LATE)
OUTSIDE = "outside"
UNANSWERED = ("expected", "unseen")
"""The statuses of who is expected and of whom nobody can say, or not yet."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One student in one class session.

    ``status`` is the mark's, or where it says nothing: ``expected``, ``excused``, ``cancelled``, ``visitor`` for
    somebody whom a camera saw and nobody expects, or ``outside`` for one who is in no count and stands there for the
    history. It is empty where nothing is known but that the student looks like somebody seen.
    ``version`` is the id of the last change by a person, 0 without one. ``look_alikes`` are the student and others of
    whom a camera saw one.
    """

    student: Student
    mark: Mark | None
    status: str
    is_on_roster: bool
    is_enrolled: bool = True
    last_change: MarkChange | None = None
    evidence: list[Evidence] = field(default_factory=list)
    look_alikes: LookAlikes | None = None
    excuse: Excuse | None = None

    @property
    def version(self) -> int:
        return self.last_change.pk if self.last_change else 0

    @property
    def is_here(self) -> bool:
        return self.status in HERE

    @property
    def is_guest(self) -> bool:
        """Here without being expected: counted beside the others, never among them."""
        return self.is_here and not self.is_on_roster

    @property
    def unconfirmed(self) -> list[Evidence]:
        """What was seen by a classroom clock that was wrong: it marks nobody until a person confirms it."""
        return [each for each in self.evidence if not each.is_confirmed and not each.is_between]

    @property
    def sure(self) -> list[Evidence]:
        """What a right clock saw of this student and nobody else, or a person has confirmed."""
        return [each for each in self.evidence if each.is_confirmed and not each.is_between]

    @property
    def seen(self) -> list[Span]:
        """The times in which cameras saw the student, in order, minute by minute.

        A mark of a recognizer that writes no evidence tells the first and the last time alone.
        """
        spans = [span for each in self.sure for span in _minutes(each)]
        if not spans and self.mark and self.mark.first_seen_at:
            last = self.mark.last_seen_at or self.mark.first_seen_at
            spans = [(self.mark.first_seen_at, last + MINUTE)]
        return merge_spans(spans)


@dataclass(frozen=True)
class Register:
    """All students of a class session by surname: ``rows`` are those expected or marked, ``visitors`` were only seen.

    ``possible`` are those whom nobody expects and who look like somebody seen: it is not known which of them it was.

    ``unnamed`` are those on the roster whom the room's gallery cannot name, so that no camera will mark them.
    ``look_alikes`` are students of whom cameras saw one and cannot say whom. ``are_visitors_unknown`` is of now: a
    camera of the room knows nobody but those on its rosters.
    """

    session: ClassSession
    phase: Phase
    rows: list[RegisterRow]
    visitors: list[RegisterRow]
    possible: list[RegisterRow]
    cameras: list[CameraNote]
    sight: SessionSight
    has_gallery: bool
    look_alikes: list[LookAlikes]
    are_visitors_unknown: bool

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows have each status that any has; rows outside the roster that say nothing count nowhere."""
        return dict(Counter(row.status for row in self.rows if row.status != OUTSIDE))

    @property
    def total(self) -> int:
        """How many rows say something."""
        return sum(self.counts.values())

    @property
    def here(self) -> int:
        """How many of those expected are here."""
        return sum(row.is_here and row.is_on_roster for row in self.rows)

    @property
    def expected(self) -> int:
        """How many are expected: the roster of the day."""
        return sum(row.is_on_roster for row in self.rows)

    @property
    def unseen(self) -> int:
        """How many of those expected nobody could have seen."""
        return sum(row.is_on_roster and row.status == Mark.Status.UNSEEN for row in self.rows)

    @property
    def guests(self) -> int:
        return sum(row.is_guest for row in self.rows)

    @property
    def unanswered(self) -> list[RegisterRow]:
        """Those on the roster who have no answer: nobody can say, or not yet."""
        return [row for row in self.rows if row.is_on_roster and row.status in UNANSWERED]

    @property
    def is_blind(self) -> bool:
        """Whether the class session runs and no camera of its room can see now."""
        blind = {camera.name for camera in self.sight.cameras if camera.is_blind_last}
        seeing = any(camera.state == "watching" and camera.name not in blind for camera in self.cameras)
        return self.phase is Phase.RUNNING and not seeing

    @property
    def unnamed(self) -> list[RegisterRow]:
        return [row for row in self.rows if row.is_on_roster and not row.is_enrolled]

    def row_of(self, student: Student) -> RegisterRow:
        """The student's row; one without a mark for somebody who is neither expected, marked nor seen."""
        for row in (*self.rows, *self.visitors, *self.possible):
            if row.student.pk == student.pk:
                return row
        return RegisterRow(student, None, "", is_on_roster=False)


def register_of(session: ClassSession, now: datetime) -> Register:
    """The register of a class session. It needs its room loaded.

    A closed register has the rows that were written when it was closed, and whoever was marked since. An open one also
    has the roster of its day.
    """
    facts = _Facts(session, now)
    seen = {pk: entries[0].student for pk, entries in facts.evidence.items()}
    seen = {pk: student if student.pk == pk else student.person for pk, student in seen.items()}
    visitors = {pk for pk, entries in facts.evidence.items() if not all(entry.is_between for entry in entries)}
    for entry in _doubtful(session, facts.marks.values()):
        facts.evidence.setdefault(entry.student_id, []).append(entry)
    look_alikes = find_look_alikes(session, chain.from_iterable(facts.evidence.values()))
    alike = {student.pk: group for group in look_alikes for student in group.students}

    def row(student: Student) -> RegisterRow:
        return facts.row_of(student, alike.get(student.pk))

    expected = facts.roster | {mark.student_id: mark.student for mark in facts.marks.values()}
    cameras = list(CameraStatus.objects.filter(room=session.room_id).order_by("camera_name"))
    is_running = facts.phase is Phase.RUNNING
    return Register(
        session=session,
        phase=facts.phase,
        rows=_by_surname(row(student) for student in expected.values()),
        visitors=_by_surname(row(seen[pk]) for pk in visitors - expected.keys()),
        possible=_by_surname(replace(row(seen[pk]), status="") for pk in seen.keys() - visitors - expected.keys()),
        cameras=[camera_note(camera, now) for camera in cameras],
        sight=sight_of([session], now)[session.pk],
        has_gallery=facts.has_gallery,
        look_alikes=look_alikes,
        are_visitors_unknown=is_running and any(camera.gallery_scope == "rosters" for camera in cameras),
    )


class _Facts:
    """What the tables say of each student of a class session, by their primary keys."""

    def __init__(self, session: ClassSession, now: datetime) -> None:
        rows = session.marks.select_related("student", "marked_by").annotate(excuse=_excuse_of(session, "student"))
        members = roster_of(session).annotate(excuse=_excuse_of(session, "pk"))
        expected_now = [] if session.closed_at else list(members)
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


def _by_surname(rows: Iterable[RegisterRow]) -> list[RegisterRow]:
    return sorted(rows, key=lambda row: (*surname_key(row.student.full_name), row.student.number))


def _shown(marks: dict[int, Mark], roster: Container[int]) -> dict[int, Mark]:
    """Without marks that count nowhere of students for whom another one stands who is in the register."""

    def is_beside(mark: Mark) -> bool:
        into = mark.student.merged_into_id
        return into is not None and not mark.on_roster and (into in marks or into in roster)

    return {pk: mark for pk, mark in marks.items() if not is_beside(mark)}


def _evidence(session: ClassSession, marks: Container[int]) -> dict[int, list[Evidence]]:
    """What was seen of each student, in the order of time; of one who was merged without a mark it is the other's."""
    found: dict[int, list[Evidence]] = {}
    rows = session.evidence.select_related("student__merged_into")
    for entry in rows.order_by("first_seen_at", "camera_name"):
        key = entry.student_id if entry.student_id in marks else entry.student.person_id
        found.setdefault(key, []).append(entry)
    return found


def _doubtful(session: ClassSession, marks: Iterable[Mark]) -> list[Evidence]:
    """What marks nobody, was seen in the time of the class session and kept for another one, and a mark goes by."""
    doubts = (Mark.Because.CLOCK, Mark.Because.LOOK_ALIKE)
    students = [mark.student_id for mark in marks if mark.because in doubts]
    found = doubtful_evidence(session, students) if students else []
    return [entry for entry in found if entry.session_id != session.pk]


def _last_words(session: ClassSession) -> dict[int, MarkChange]:
    """The last change of each mark by a person."""
    changes = MarkChange.objects.filter(session=session, changed_by__isnull=False)
    return {change.student_id: change for change in changes.select_related("changed_by").order_by("pk")}


def _enrolled(session: ClassSession, now: datetime) -> tuple[set[int], bool]:
    """Whom the room's gallery could name in the class session so far, and whether the room had a gallery at all.

    Of a class session to come it says whom the gallery can name now.
    """
    start, end = min(now, session.starts_at), min(now, session.ends_at)
    rows = Enrolled.objects.filter(room=session.room_id, enrolled_at__lte=end)
    found = list(rows.values_list("student", "removed_at"))
    return {student for student, removed_at in found if removed_at is None or removed_at > start}, bool(found)


def _minutes(entry: Evidence) -> Iterable[Span]:
    """The minutes in which the student was seen, as spans."""
    for minute in range(60):
        if entry.minutes >> minute & 1:
            yield entry.hour + minute * MINUTE, entry.hour + (minute + 1) * MINUTE
