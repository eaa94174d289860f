"""Who was nearly named in class sessions, and not surely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import product

from portal.attendance.decision import OPENS_BEFORE
from portal.attendance.models import ClassSession, NearMiss, RosterEntry
from portal.attendance.numbers import fold_number


def near_misses_in(
    sessions: Collection[ClassSession], known: Collection[str | None] | None = None
) -> dict[tuple[int, int], list[NearMiss]]:
    """By class session and student, the nearest first; of who was merged they are the other student's.

    Only what was seen while the register was open counts. The number of a runner-up who is on no roster of the course
    is left out: whoever reads this may not know that student. Of a single class session ``known`` may say whom they do
    know, by folded numbers.
    """
    held = {each.pk: each for each in sessions}
    found: dict[tuple[int, int], list[NearMiss]] = defaultdict(list)
    rows = NearMiss.objects.filter(session__in=held).select_related("student")
    for miss in rows.order_by("distance", "pk"):
        session = held[miss.session_id]
        if miss.first_seen_at < session.ends_at and miss.last_seen_at >= session.starts_at - OPENS_BEFORE:
            found[miss.session_id, miss.student.merged_into_id or miss.student_id].append(miss)
    misses = [miss for of_one in found.values() for miss in of_one]
    courses = {each.course_id for each in held.values()}
    told = _on_rosters(misses, courses) if known is None else {*product(courses, known)}
    for miss in misses:
        if (held[miss.session_id].course_id, fold_number(miss.runner_up_number)) not in told:
            miss.runner_up_number = ""
    return dict(found)


def _on_rosters(misses: Iterable[NearMiss], courses: Collection[int]) -> set[tuple[int, str | None]]:
    """Courses, and the numbers of runners-up who are or were on their rosters."""
    asked = {fold_number(miss.runner_up_number) for miss in misses if miss.runner_up_number}
    entries = RosterEntry.objects.filter(course__in=courses, student__folded_number__in=asked)
    return set(entries.order_by().values_list("course", "student__folded_number")) if asked else set()
