"""A course over a term: every student in every class session that has begun, and what that comes to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Aggregate, CharField, Exists, OuterRef, QuerySet

from portal.attendance.models import ClassSession, Course, Mark, RosterEntry, Status, Student, Term
from portal.attendance.names import surname_key
from portal.attendance.percentages import Figures, Rules, figure
from portal.attendance.persons import Persons
from portal.attendance.queries.rules import rules_of
from portal.attendance.queries.student import NoMark, Said, is_counted, is_held, status_of
from portal.attendance.queries.warnings import looked_through_since
from portal.web.prepared import prepared

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Column:
    """A class session, and how many of those who count were here; and whether it is not the only one of its day."""

    session: ClassSession
    here: int
    of: int
    is_one_of_its_day: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """A student: one of ``Status`` or ``NoMark`` for each column, how often each counts, and what that comes to."""

    student: Student
    statuses: list[str]
    counts: Counter[str]
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


def terms_of(course: Course, now: datetime) -> list[Term]:
    """The terms in which class sessions of the course have begun, the latest first."""
    return _terms(course.pk, now)


@prepared
def _terms(course_id: int, now: datetime) -> QuerySet[Term]:
    days = {"day__gte": OuterRef("first_day"), "day__lte": OuterRef("last_day")}
    begun = ClassSession.objects.filter(course=course_id, starts_at__lte=now, **days).order_by()
    return Term.objects.filter(Exists(begun)).order_by("-first_day")


def grid_of(course: Course, now: datetime, term: Term | None = None) -> Grid:
    """The class sessions of a term that have begun; of this one where none is named.

    Six queries, however many students there are.
    """
    if term:
        sessions = _begun_on_days(course.pk, now, term.first_day, term.last_day)
    else:
        sessions = _begun_since(course.pk, now, looked_through_since(now))
    said = _said_in(sessions)
    held = {each.pk for each in sessions if is_held(each)}
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for of_student in said.values():
        for session_id, (status, on_roster) in of_student.items():
            if on_roster and session_id in held:
                counted[session_id][status] += 1
    entries: dict[Student, list[RosterEntry]] = defaultdict(list)
    for entry in _roster(course.pk):
        entries[entry.student.person].append(entry)
    rules = rules_of(course.pk)
    keys, rows = [each.pk for each in sessions], []
    for student, memberships in entries.items():
        of_student = said.get(student.pk, {})
        rows.append(_row(student, sessions, [of_student.get(key) for key in keys], memberships, rules, now))
    # Who left before the term is in none of its class sessions.
    rows = [row for row in rows if set(row.statuses) - {NoMark.OUTSIDE, NoMark.CANCELLED} or not sessions]
    rows.sort(key=lambda row: (not row.figures.is_below, *surname_key(row.student.full_name), row.student.number))
    days = Counter(session.day for session in sessions)
    columns = [_column(session, counted[session.pk], days) for session in sessions]
    return Grid(columns, rows, _weeks(sessions, counted, rules), rules)


@prepared
def _begun_on_days(course_id: int, now: datetime, first: date, last: date) -> QuerySet[ClassSession]:
    return _begun(course_id, now).filter(day__gte=first, day__lte=last)


@prepared
def _begun_since(course_id: int, now: datetime, since: datetime) -> QuerySet[ClassSession]:
    return _begun(course_id, now).filter(starts_at__gte=since)


def _begun(course_id: int, now: datetime) -> QuerySet[ClassSession]:
    found = ClassSession.objects.filter(course=course_id, starts_at__lte=now)
    return found.select_related("room").order_by("starts_at", "pk")


@prepared
def _roster(course_id: int) -> QuerySet[RosterEntry]:
    """Everybody who was ever on it, and who stands for them."""
    return RosterEntry.objects.filter(course=course_id).order_by().select_related("student__merged_into")


class _Keys(Aggregate):
    """The keys of a group's rows, with commas between them."""

    function = "GROUP_CONCAT"
    output_field = CharField()


@prepared
def _statuses(session_ids: tuple[int, ...]) -> QuerySet[Any, tuple[int, str, bool, str]]:
    """Of each class session and status who has it, those on the roster and those who were not apart.

    A grid has up to ten thousand marks: to read a row of each took half of the page's time.
    """
    marks = Mark.objects.filter(session__in=session_ids).order_by().values("session", "status", "on_roster")
    return marks.annotate(students=_Keys("student")).values_list("session", "status", "on_roster", "students")


def _said_in(sessions: Sequence[ClassSession]) -> dict[int, dict[int, Said]]:
    """What the marks of these class sessions say of each person, by the keys of student and class session.

    A mark of somebody who was merged stands back where the one who stands for them has one, as in ``one_a_person``.
    """
    persons = Persons()
    said: dict[int, dict[int, Said]] = defaultdict(dict)
    merged = []
    for session_id, status, on_roster, students in _statuses(tuple(each.pk for each in sessions)):
        mark = status, on_roster
        for student_id in map(int, students.split(",")):
            into = persons.person_of(student_id)
            if into == student_id:
                said[student_id][session_id] = mark
            else:
                merged.append((into, session_id, mark))
    for into, session_id, mark in merged:
        said[into].setdefault(session_id, mark)
    return said


def _row(
    student: Student,
    sessions: Sequence[ClassSession],
    said: Sequence[Said | None],
    entries: Iterable[RosterEntry],
    rules: Rules,
    now: datetime,
) -> GridRow:
    both = list(zip(sessions, said, strict=True))
    counts = Counter([mark[0] for session, mark in both if mark and is_counted(session, mark)])
    statuses = [_status(session, mark, entries, now) for session, mark in both]
    return GridRow(student, statuses, counts, figure(rules, counts))


def _status(session: ClassSession, said: Said | None, entries: Iterable[RosterEntry], now: datetime) -> str:
    """As on the student's page; who was here and not on the roster is a guest, and counts nowhere."""
    status = status_of(session, said, entries, now)
    is_guest = said and not said[1] and status in (Status.PRESENT, Status.LATE)
    return NoMark.GUEST if is_guest else status


def _column(session: ClassSession, counts: Counter[str], days: Counter[date]) -> Column:
    here = counts[Status.PRESENT] + counts[Status.LATE]
    return Column(session, here, counts.total(), days[session.day] > 1)


def _weeks(sessions: Sequence[ClassSession], counted: Mapping[int, Counter[str]], rules: Rules) -> list[Week]:
    """Without free absences: those are a student's, not a week's."""
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for session in sessions:
        counts[_monday(session.day)] += counted[session.pk]
    if not counts:
        return []
    usual = replace(rules, free_absences=0)
    number = (max(counts) - min(counts)) // WEEK + 1
    mondays = [min(counts) + index * WEEK for index in range(number)]
    return [Week(monday, figure(usual, counts[monday]).percent if monday in counts else None) for monday in mondays]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
