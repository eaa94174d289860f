"""Who was nearly named in class sessions, and not surely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from portal.attendance.decision import OPENS_BEFORE
from portal.attendance.models import ClassSession, NearMiss, RosterEntry
from portal.attendance.numbers import fold_number


def near_misses_in(sessions: Collection[ClassSession]) -> dict[tuple[int, int], list[NearMiss]]:
    """By class session and student, the nearest first; of who was merged they are the other student's.

    Only what was seen while the register was open counts. The number of a runner-up who is on no roster of the course
    is left out: whoever reads this may not know that student.
    """
    held = {each.pk: each for each in sessions}
    found: dict[tuple[int, int], list[NearMiss]] = defaultdict(list)
    rows = NearMiss.objects.filter(session__in=held).select_related("student")
    for miss in rows.order_by("distance", "pk"):
        session = held[miss.session_id]
        if miss.first_seen_at < session.ends_at and miss.last_seen_at >= session.starts_at - OPENS_BEFORE:
            found[miss.session_id, miss.student.merged_into_id or miss.student_id].append(miss)
    _leave_out_strangers([miss for misses in found.values() for miss in misses], held)
    return dict(found)


def _leave_out_strangers(misses: Iterable[NearMiss], held: Mapping[int, ClassSession]) -> None:
    asked = {fold_number(miss.runner_up_number) for miss in misses if miss.runner_up_number}
    if not asked:
        return
    courses = {session.course_id for session in held.values()}
    entries = RosterEntry.objects.filter(course__in=courses, student__folded_number__in=asked)
    known = set(entries.order_by().values_list("course", "student__folded_number"))
    for miss in misses:
        if (held[miss.session_id].course_id, fold_number(miss.runner_up_number)) not in known:
            miss.runner_up_number = ""
