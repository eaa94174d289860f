"""Records by course, student, week, room, lecturer or department: how often each status stands, and the percentage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Model

from portal.accounts.models import Account
from portal.attendance.models import Course, Department, Mark, Room, Student
from portal.attendance.names import surname_key
from portal.attendance.percentages import Rules, figure
from portal.attendance.persons import one_a_person, person
from portal.attendance.queries.records import Records
from portal.attendance.queries.rules import rules_by_course
from portal.web.languages import later as _

MOST_GROUPED = 5000
"""Up to so many class sessions are grouped: some 400,000 marks, which a database counts in a second or two."""


class TooMany(Exception):
    """More class sessions than are grouped."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """``field`` is the mark's, or the one who stands for its student, and ``model`` what it points to, if anything.

    ``has_students``: whether free absences can be left out, which are a student's in a course.
    """

    title: str
    field: str
    model: type[Model] | None
    has_students: bool = False


GROUPINGS = {
    "course": Grouping(_("Course"), "session__course", Course, has_students=True),
    "student": Grouping(_("Student"), "person", Student, has_students=True),
    "week": Grouping(_("Week"), "session__day", None),
    "room": Grouping(_("Room"), "session__room", Room),
    "lecturer": Grouping(_("Lecturer"), "session__course__lecturers", Account),
    "department": Grouping(_("Department"), "session__course__department", Department),
}


@dataclass(frozen=True, slots=True)
class Group:
    """``of``: the course, student, room, account or department, the Monday of a week, or None where a course has none.

    by: the name in GROUPINGS.
    counts: of closed registers, held class sessions and students on the roster. percent: None where nothing counts.
    """

    by: str
    of: Any
    counts: Counter[str]
    percent: int | None


def group_records(records: Records, by: str) -> list[Group]:
    """The groups in the order of their names, or of time. Raises TooMany.

    Whatever status and source are asked for: a percentage needs all of them.
    """
    if records.sessions.order_by()[: MOST_GROUPED + 1].count() > MOST_GROUPED:
        raise TooMany
    grouping = GROUPINGS[by]
    counts = _count(records, grouping)
    rules = rules_by_course(list({course for _, course, _ in counts}))
    if not grouping.has_students:
        rules = {course: replace(each, free_absences=0) for course, each in rules.items()}
    groups: dict[Any, list[tuple[Rules, Counter[str]]]] = defaultdict(list)
    for (key, course, _status), some in counts.items():
        groups[key].append((rules[course], some))
    named = grouping.model._base_manager.in_bulk(list(groups)) if grouping.model else {}
    found = [_add_up(by, named.get(key, key), parts) for key, parts in groups.items()]
    return sorted(found, key=lambda group: _ORDERS[by](group.of))


def _count(records: Records, grouping: Grouping) -> Mapping[tuple[Any, int, int | None], Counter[str]]:
    """How often each status stands, by group, course and, where it matters, student."""
    sessions = records.sessions.filter(closed_at__isnull=False, is_cancelled=False).order_by()
    marks = Mark.objects.filter(records.students.whose, session__in=sessions.values("pk"), on_roster=True)
    student = ["person"] if grouping.has_students else []
    names = [grouping.field, "session__course", "status", *student]
    # The names once each: who groups by student asks for the student anyway.
    persons = one_a_person(marks).order_by().annotate(person=person())
    rows = persons.values(*dict.fromkeys(names)).annotate(number=Count("pk"))
    counts: dict[tuple[Any, int, int | None], Counter[str]] = defaultdict(Counter)
    for row in rows:
        key = _monday(row[grouping.field]) if grouping.model is None else row[grouping.field]
        counts[key, row["session__course"], row.get("person")][row["status"]] += row["number"]
    return counts


def _add_up(by: str, of: Any, parts: Iterable[tuple[Rules, Counter[str]]]) -> Group:
    counts: Counter[str] = Counter()
    points = counted = 0
    for rules, some in parts:
        counts += some
        figures = figure(rules, some)
        points, counted = points + figures.points, counted + figures.counted
    return Group(by, of, counts, points // counted if counted else None)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_ORDERS: dict[str, Callable[[Any], Any]] = {
    "course": lambda course: course.code,
    "student": lambda student: (*surname_key(student.full_name), student.number),
    "week": lambda monday: monday,
    "room": lambda room: room.name,
    # Courses that nobody teaches come last.
    "lecturer": lambda account: (account is None, *(surname_key(account.name) if account else ())),
    "department": lambda department: (department is None, department.name if department else ""),
}
