"""A course over a term: every student in every class session that has begun, and what that comes to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.attendance.models import ClassSession, Course, Mark, RosterEntry, Status, Student
from portal.attendance.names import surname_key
from portal.attendance.percentages import Figures, Rules, figure
from portal.attendance.queries.percentages import rules_of
from portal.attendance.queries.student import NoMark, is_member
from portal.attendance.queries.warnings import looked_through_since

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Column:
    """A class session, and how many of those who count were here."""

    session: ClassSession
    here: int
    of: int


@dataclass(frozen=True, slots=True)
class GridRow:
    """A student: one of ``Status`` or ``NoMark`` for each column, and what they come to."""

    student: Student
    statuses: list[str]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Week:
    """``percent`` of all who counted in a week, by the course's rules; None where nothing counts."""

    monday: date
    percent: int | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Who is below the threshold comes first, then by surname. ``weeks`` leave none out between the first and last."""

    columns: list[Column]
    rows: list[GridRow]
    weeks: list[Week]
    rules: Rules

    @property
    def below(self) -> int:
        """How many students are below the threshold."""
        return sum(row.figures.is_below for row in self.rows)


Said = tuple[str, bool]
"""What a mark says: its status, and whether the student was on the roster."""


def grid_of(course: Course, now: datetime) -> Grid:
    """The class sessions of this term that have begun. Four queries, however many students there are."""
    sessions = list(
        ClassSession.objects.filter(course=course, starts_at__gte=looked_through_since(now), starts_at__lte=now)
        .select_related("room")
        .order_by("starts_at", "pk")
    )
    said: dict[int, dict[int, Said]] = defaultdict(dict)
    marks = Mark.objects.filter(session__in=[each.pk for each in sessions]).order_by()
    for student_id, session_id, status, on_roster in marks.values_list("student", "session", "status", "on_roster"):
        said[student_id][session_id] = status, on_roster
    entries: dict[Student, list[RosterEntry]] = defaultdict(list)
    for entry in RosterEntry.objects.filter(course=course).select_related("student"):
        entries[entry.student].append(entry)
    rules = rules_of(course.pk)
    rows = [_row(student, sessions, said[student.pk], held, rules) for student, held in entries.items()]
    # Who left before the term is in none of its class sessions.
    rows = [row for row in rows if set(row.statuses) - {NoMark.OUTSIDE, NoMark.CANCELLED} or not sessions]
    rows.sort(key=lambda row: (not row.figures.is_below, *surname_key(row.student.full_name), row.student.number))
    columns = [Column(session, *_here(session, said.values())) for session in sessions]
    return Grid(columns, rows, _weeks(sessions, said.values(), rules), rules)


def _row(
    student: Student,
    sessions: Sequence[ClassSession],
    said: dict[int, Said],
    entries: Iterable[RosterEntry],
    rules: Rules,
) -> GridRow:
    counts = Counter(said[each.pk][0] for each in sessions if _counts(each, said.get(each.pk)))
    return GridRow(student, [_status(each, said.get(each.pk), entries) for each in sessions], figure(rules, counts))


def _status(session: ClassSession, said: Said | None, entries: Iterable[RosterEntry]) -> str:
    if session.is_cancelled:
        return NoMark.CANCELLED
    if said and said[0] != Status.EXPECTED:
        return said[0]
    is_on_roster = said[1] if said else any(is_member(entry, session) for entry in entries)
    return Status.EXPECTED if is_on_roster else NoMark.OUTSIDE


def _counts(session: ClassSession, said: Said | None) -> bool:
    """Whether percentages look at it."""
    return bool(said and said[1] and session.closed_at and not session.is_cancelled)


def _counted(session: ClassSession, all_said: Iterable[dict[int, Said]]) -> Counter[str]:
    """The statuses of everybody who counts in a class session."""
    return Counter(said[session.pk][0] for said in all_said if _counts(session, said.get(session.pk)))


def _here(session: ClassSession, all_said: Iterable[dict[int, Said]]) -> tuple[int, int]:
    counts = _counted(session, all_said)
    return counts[Status.PRESENT] + counts[Status.LATE], counts.total()


def _weeks(sessions: Sequence[ClassSession], all_said: Iterable[dict[int, Said]], rules: Rules) -> list[Week]:
    """Without free absences: those are a student's, not a week's."""
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for session in sessions:
        counts[_monday(session.day)] += _counted(session, all_said)
    if not counts:
        return []
    usual = Rules(late_percent=rules.late_percent, excused_counts=rules.excused_counts)
    number = (max(counts) - min(counts)) // WEEK + 1
    mondays = [min(counts) + index * WEEK for index in range(number)]
    return [Week(monday, figure(usual, counts[monday]).percent if monday in counts else None) for monday in mondays]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
