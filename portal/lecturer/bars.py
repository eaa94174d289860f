"""The lesson as a bar: where in it a student was seen, and how much of it is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.attendance.models import ClassSession, Mark


@dataclass(frozen=True, slots=True)
class LessonBar:
    """Widths in whole and tenths of percent of the lesson, as SVG takes them."""

    seen_x: str
    seen_width: str
    ahead_x: str
    ahead_width: str


def lesson_bar(session: ClassSession, mark: Mark | None, now: datetime) -> LessonBar:
    """Where first to last seen lies in the lesson; what was seen before or after it is cut, a moment stays visible."""

    def place(instant: datetime) -> float:
        share = (instant - session.starts_at) / (session.ends_at - session.starts_at) * 100
        return min(100.0, max(0.0, share))

    start = end = 0.0
    if mark and mark.first_seen_at:
        start, end = place(mark.first_seen_at), place(mark.last_seen_at or mark.first_seen_at)
        start, end = min(start, 98.0), max(end, min(start, 98.0) + 2.0)
    reached = float(round(place(now)))
    return LessonBar(f"{start:.1f}%", f"{end - start:.1f}%", f"{reached:.0f}%", f"{100 - reached:.0f}%")
