"""How often each status stands for each student in the class sessions that were held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from portal.attendance.models import Mark
from portal.attendance.persons import one_a_person, person
from portal.attendance.queries.warnings import looked_through_since

Counts = dict[str, int]


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
