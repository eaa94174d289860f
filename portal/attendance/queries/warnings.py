"""Whom rules of warnings hit now, course by course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.attendance.models import ClassSession, Course, Mark, RosterEntry, Student, Term, WarningRule
from portal.attendance.percentages import Rules
from portal.attendance.persons import one_a_person, person
from portal.attendance.queries.exceptions import Stay, who_left_early
from portal.attendance.warning_rules import Attended, Hit, hits
from portal.web.prepared import prepared

WITHOUT_TERMS = timedelta(days=190)
"""How far back is looked where no term is known."""

MOST_MARKS, LEAST_MARKS = 200_000, 20
"""So many marks are read while somebody waits for a preview; and a class session counts for so many at least."""

AttendedByCourse = dict[int, dict[int, list[Attended]]]
"""By the keys of course and student."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A student whom a rule hits in a course."""

    rule: WarningRule
    student: Student
    course: Course
    hit: Hit


def looked_through_since(now: datetime) -> datetime:
    """From when on class sessions count for a warning: the beginning of the term that runs."""
    today = timezone.localdate(now)
    term = next(iter(_terms_on(today)), None)
    return timezone.make_aware(datetime.combine(term.first_day, time.min)) if term else now - WITHOUT_TERMS


@prepared
def _terms_on(day: date) -> QuerySet[Term]:
    return Term.objects.filter(first_day__lte=day, last_day__gte=day).order_by("-first_day")


def courses_to_read(courses: QuerySet[Course], since: datetime, now: datetime) -> tuple[list[Course], bool]:
    """Of the courses so many of the first as can be looked through while somebody waits; and whether these are all.

    By how often they have met since, and how many are on their rosters: about so many marks are read.
    """
    met = ClassSession.objects.filter(course=OuterRef("pk"), starts_at__gte=since, starts_at__lte=now)
    members = RosterEntry.objects.filter(course=OuterRef("pk"))
    found: list[Any] = list(courses.annotate(met=_number_of(met), members=_number_of(members)))
    marks = accumulate(each.met * max(each.members, LEAST_MARKS) for each in found)
    chosen = [each for each, number in zip(found, marks, strict=True) if number <= MOST_MARKS]
    # One that has very many is looked through all the same, alone.
    return chosen or found[:1], len(chosen) == len(found)


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many rows a course has, as a column of courses."""
    counted = rows.order_by().values("course").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def attended_in(
    courses: Iterable[Course],
    rules: Iterable[WarningRule],
    counting: Mapping[int, Rules],
    since: datetime,
    now: datetime,
) -> AttendedByCourse:
    """What closed registers since then say of each student who counts, by course, in the order of time.

    As many queries for all courses as for one. Who has left early is looked up where a rule asks for it: what was
    cleared is no fault.
    """
    rows = ClassSession.objects.filter(
        course__in=[each.pk for each in courses], starts_at__gte=since, closed_at__isnull=False, is_cancelled=False
    )
    sessions = {each.pk: each for each in rows.select_related("course", "room").order_by("starts_at", "pk")}
    asks_stays = any(rule.kind == WarningRule.Kind.LEFT_EARLY for rule in rules)
    columns = Stay._fields[1:] if asks_stays else ("student_id",)
    marks = one_a_person(Mark.objects.filter(session__in=sessions, on_roster=True)).order_by()
    read: dict[int, list[Any]] = {key: [] for key in sessions}
    for row in marks.values_list("session_id", person(), "status", *columns):
        read[row[0]].append(row)
    early: set[tuple[int, int]] = set()
    if asks_stays:
        stays = [Stay(key, *stay) for of_one in read.values() for key, _, _, *stay in of_one]
        early = who_left_early(sessions, stays, counting, now)
    attended: AttendedByCourse = defaultdict(lambda: defaultdict(list))
    for key, session in sessions.items():
        of_course, when = attended[session.course_id], when_words(session)
        for _, student_id, status, own_id, *_ in read[key]:
            told = Attended(key, session.starts_at, status, when, (key, own_id) in early)
            of_course[student_id].append(told)
    return attended


def find_meant(
    courses: Sequence[Course],
    rules: Sequence[WarningRule],
    attended: AttendedByCourse,
    counting: Mapping[int, Rules],
) -> list[Meant]:
    """Whom the rules hit in each course, by name; nobody who studies here no more, or has left the course."""
    found = {
        (course.pk, student_id): pairs
        for course in courses
        for student_id, row in attended[course.pk].items()
        if (pairs := [(rule, hit) for rule in rules for hit in hits(rule, row, counting[course.pk])])
    }
    if not found:
        return []
    entries = RosterEntry.objects.filter(
        Q(until=None) | Q(until__gte=timezone.localdate()),
        course__in={course_id for course_id, _ in found},
        student__in={student_id for _, student_id in found},
        student__is_active=True,
    )
    # Somebody may be on a roster twice, from one day and from another.
    members: dict[int, dict[int, Student]] = defaultdict(dict)
    for entry in entries.select_related("student").order_by("student__plain_name", "student__number"):
        members[entry.course_id][entry.student_id] = entry.student
    return [
        Meant(rule, student, course, hit)
        for course in courses
        for student in members[course.pk].values()
        for rule, hit in found.get((course.pk, student.pk), ())
    ]


def when_words(session: ClassSession) -> str:
    """Day and time by the room's clocks."""
    local = session.starts_at.astimezone(session.room.zone)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"
