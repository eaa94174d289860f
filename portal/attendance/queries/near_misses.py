"""Who was nearly named in class sessions, and not surely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from portal.attendance.decision import OPENS_BEFORE
from portal.attendance.models import ClassSession, NearMiss


def near_misses_in(sessions: Collection[ClassSession]) -> dict[tuple[int, int], list[NearMiss]]:
    """By class session and student, the nearest first; of who was merged they are the other student's.

    Only what was seen while the register was open counts.
    """
    held = {each.pk: each for each in sessions}
    found: dict[tuple[int, int], list[NearMiss]] = defaultdict(list)
    rows = NearMiss.objects.filter(session__in=held).select_related("student")
    for miss in rows.order_by("distance", "pk"):
        session = held[miss.session_id]
        if miss.first_seen_at < session.ends_at and miss.last_seen_at >= session.starts_at - OPENS_BEFORE:
            found[miss.session_id, miss.student.merged_into_id or miss.student_id].append(miss)
    return dict(found)
