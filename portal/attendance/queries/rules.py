"""The rules that hold in courses."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from portal.attendance.models import CourseRules
from portal.attendance.percentages import Rules, combine
from portal.web.prepared import prepared


def rows_of(course_id: int | None) -> tuple[CourseRules | None, CourseRules | None]:
    """The institution's row and the course's, where there are any."""
    rows = _rows(() if course_id is None else (course_id,))
    institution = next((row for row in rows if row.is_institution), None)
    return institution, next((row for row in rows if not row.is_institution), None)


def rules_of(course_id: int) -> Rules:
    """The rules that hold in a course."""
    return combine(*rows_of(course_id))


def rules_by_course(course_ids: Collection[int]) -> dict[int, Rules]:
    """The rules that hold in each of some courses."""
    by_course = {row.course_id: row for row in _rows(tuple(course_ids))}
    return {course_id: combine(by_course.get(None), by_course.get(course_id)) for course_id in course_ids}


@prepared
def _rows(course_ids: tuple[int, ...]) -> QuerySet[CourseRules]:
    """The institution's and those of the courses."""
    return CourseRules.objects.filter(Q(is_institution=True) | Q(course__in=course_ids))
