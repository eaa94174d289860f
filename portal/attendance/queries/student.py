"""One student's term, course by course: what each class session says, and what that comes to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet

from portal.attendance.models import ClassSession, Course, Mark, RosterEntry, Status, Student
from portal.attendance.percentages import Figures, Rules, figure
from portal.attendance.persons import keys_of, one_a_person
from portal.attendance.queries.rules import rules_by_course
from portal.attendance.queries.warnings import looked_through_since
from portal.attendance.warning_rules import COUNTED
from portal.web.prepared import prepared

AHEAD = timedelta(days=190)
"""How far ahead class sessions are shown."""


Said = tuple[str, bool]
"""What a mark says: its status, and whether the student was on the roster."""


class NoMark(StrEnum):
    """What a class session says of a student beside the statuses of marks."""

    OUTSIDE = "outside"
    CANCELLED = "cancelled"
    TO_COME = "to come"
    GUEST = "guest"
    """Was here and is in no count; in a course's grid alone, since a strip says it in words."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A student in one class session: ``status`` is one of ``Status`` or of ``NoMark``."""

    session: ClassSession
    mark: Mark | None
    status: str

    @property
    def counts(self) -> bool:
        """Whether percentages look at it."""
        return is_counted(self.session, said_by(self.mark))


@dataclass(frozen=True, slots=True)
class Strip:
    """A student's term in one course, in the order of time.

    ``absent_now`` and ``absent_longest`` are absences in a row. ``late_minutes`` is by how many minutes the student was
    late on average; None where no camera saw when they came.
    """

    course: Course
    may_teach: bool
    left_on: RosterEntry | None
    cells: list[Cell]
    figures: Figures
    absent_now: int
    absent_longest: int
    late: int
    late_minutes: int | None


def strips_of(student: Student, entries: Collection[RosterEntry], now: datetime) -> list[Strip]:
    """A strip for each course of the roster entries with class sessions in this term.

    entries: from ``access.roster_entries_of``. Courses in which the student is below the threshold come first.
    """
    by_course: dict[int, list[RosterEntry]] = defaultdict(list)
    for entry in entries:
        by_course[entry.course_id].append(entry)
    found = _sessions(tuple(by_course), looked_through_since(now), now + AHEAD)
    rows = _marks(tuple(keys_of(student)), tuple(each.pk for each in found))
    marks = {mark.session_id: mark for mark in rows}
    cells: dict[int, list[Cell]] = defaultdict(list)
    for session in found:
        mark = marks.get(session.pk)
        status = status_of(session, said_by(mark), by_course[session.course_id], now)
        cells[session.course_id].append(Cell(session, mark, status))
    rules = rules_by_course(list(cells))
    strips = [_strip(by_course[key], row, rules[key]) for key, row in cells.items()]
    return sorted(strips, key=lambda strip: (not strip.figures.is_below, strip.course.code))


@prepared
def _sessions(courses: tuple[int, ...], since: datetime, until: datetime) -> QuerySet[ClassSession]:
    found = ClassSession.objects.filter(course__in=courses, starts_at__gte=since, starts_at__lt=until)
    return found.order_by("starts_at", "pk")


@prepared
def _marks(student_ids: tuple[int, ...], session_ids: tuple[int, ...]) -> QuerySet[Mark]:
    return one_a_person(Mark.objects.filter(student__in=student_ids, session__in=session_ids)).order_by()


def said_by(mark: Mark | None) -> Said | None:
    """What a mark says; None without one."""
    return (mark.status, mark.on_roster) if mark else None


def is_counted(session: ClassSession, said: Said | None) -> bool:
    """Whether percentages look at it: the register is closed, and the student was on the roster."""
    return said is not None and said[1] and is_held(session)


def is_held(session: ClassSession) -> bool:
    """Whether percentages look at the class session at all."""
    return session.closed_at is not None and not session.is_cancelled


def status_of(session: ClassSession, said: Said | None, entries: Iterable[RosterEntry], now: datetime) -> str:
    """One of ``Status`` or of ``NoMark``; ``entries`` are the student's in the course."""
    if session.is_cancelled:
        return NoMark.CANCELLED
    if said and said[0] != Status.EXPECTED:
        return said[0]
    is_on_roster = said[1] if said else any(_is_member(entry, session) for entry in entries)
    if not is_on_roster:
        return NoMark.OUTSIDE
    return NoMark.TO_COME if session.starts_at > now else Status.EXPECTED


def _is_member(entry: RosterEntry, session: ClassSession) -> bool:
    return (entry.since is None or entry.since <= session.day) and (entry.until is None or session.day <= entry.until)


def _strip(entries: Sequence[RosterEntry], cells: list[Cell], rules: Rules) -> Strip:
    counted = [cell.mark for cell in cells if cell.mark and cell.counts]
    statuses = [mark.status for mark in counted]
    absent_now, absent_longest = absences_in_a_row(statuses)
    late = [cell for cell in cells if cell.counts and cell.status == Status.LATE]
    minutes = [
        (cell.mark.first_seen_at - cell.session.starts_at) // timedelta(minutes=1)
        for cell in late
        if cell.mark and cell.mark.first_seen_at and cell.mark.first_seen_at > cell.session.starts_at
    ]
    return Strip(
        course=entries[0].course,
        may_teach=bool(entries[0].may_teach),  # type: ignore[attr-defined]
        left_on=_left_on(entries),
        cells=cells,
        figures=figure(rules, Counter(statuses)),
        absent_now=absent_now,
        absent_longest=absent_longest,
        late=len(late),
        late_minutes=round(sum(minutes) / len(minutes)) if minutes else None,
    )


def _left_on(entries: Sequence[RosterEntry]) -> RosterEntry | None:
    """The last membership, where it has a last day."""
    if any(entry.until is None for entry in entries):
        return None
    return max(entries, key=lambda entry: entry.until)  # type: ignore[arg-type, return-value]


def absences_in_a_row(statuses: Iterable[str]) -> tuple[int, int]:
    """How many there are now, and how many the longest row has.

    What is excused or not observed neither breaks a row nor makes it longer, as for warnings.
    """
    now = longest = 0
    for status in statuses:
        if status in COUNTED:
            now = now + 1 if status == Status.ABSENT else 0
            longest = max(longest, now)
    return now, longest
