"""The rules of courses, and how often each status stands for each student in the class sessions that were held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q

from portal.attendance.models import CourseRules, Mark
from portal.attendance.percentages import Rules, combine
from portal.attendance.persons import one_a_person, person
from portal.attendance.queries.warnings import looked_through_since

Counts = dict[str, int]


def rows_of(course_id: int | None) -> tuple[CourseRules | None, CourseRules | None]:
    """The institution's row and the course's, where there are any."""
    rows = list(CourseRules.objects.filter(Q(is_institution=True) | Q(course=course_id, course__isnull=False)))
    institution = next((row for row in rows if row.is_institution), None)
    return institution, next((row for row in rows if not row.is_institution), None)


def rules_of(course_id: int) -> Rules:
    """The rules that hold in a course."""
    return combine(*rows_of(course_id))


def rules_by_course(course_ids: Sequence[int]) -> dict[int, Rules]:
    """The rules that hold in each of some courses."""
    rows = CourseRules.objects.filter(Q(is_institution=True) | Q(course__in=course_ids))
    by_course = {row.course_id: row for row in rows}
    return {course_id: combine(by_course.get(None), by_course.get(course_id)) for course_id in course_ids}


def counts_in(course_ids: Sequence[int], now: datetime) -> dict[int, list[Counts]]:
    """For each course the counts of each student's statuses in closed registers of this term.

    Cancelled class sessions and who was not on the roster count nowhere.
    """
    marks = Mark.objects.filter(
        session__course__in=course_ids,
        session__starts_at__gte=looked_through_since(now),
        session__closed_at__isnull=False,
        session__is_cancelled=False,
        on_roster=True,
    )
    rows = one_a_person(marks).order_by().annotate(person=person()).values_list("session__course", "person", "status")
    found: dict[int, dict[int, Counts]] = defaultdict(lambda: defaultdict(dict))
    for course, student, status, number in rows.annotate(number=Count("pk")):
        found[course][student][status] = number
    return {course: list(students.values()) for course, students in found.items()}
