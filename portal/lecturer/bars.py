"""The lesson as a bar: the minutes in which a student was seen, what no camera could see, and what is to come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.attendance.coverage import Span
from portal.attendance.models import ClassSession
from portal.attendance.queries.sight import SessionSight

THINNEST = 1.0
"""Percent of the bar: a moment stays visible."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent as SVG takes them."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class LessonGround:
    """What is the same in the bars of all students of a class session."""

    blind: list[Segment]
    ahead: list[Segment]
    late_x: str


def lesson_ground(session: ClassSession, sight: SessionSight, now: datetime) -> LessonGround:
    """What no camera could see, what is to come, and where late begins."""
    late_at = session.starts_at + timedelta(minutes=session.late_after_minutes)
    return LessonGround(
        blind=segments(session, sight.blind),
        ahead=segments(session, [(now, session.ends_at)] if now < session.ends_at else []),
        late_x=f"{min(100.0, _place(session, late_at)):.1f}%",
    )


def segments(session: ClassSession, spans: Iterable[Span]) -> list[Segment]:
    """Where the spans lie in the class session; what lies before or after it is cut."""
    found = []
    for start, end in spans:
        if end <= session.starts_at or start >= session.ends_at:
            continue
        x = min(_place(session, start), 100.0 - THINNEST)
        found.append(Segment(f"{x:.1f}%", f"{max(_place(session, end) - x, THINNEST):.1f}%"))
    return found


def _place(session: ClassSession, instant: datetime) -> float:
    share = (instant - session.starts_at) / (session.ends_at - session.starts_at) * 100
    return min(100.0, max(0.0, share))
