"""The class sessions of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from portal.attendance.models import CameraStatus, ClassSession, Mark, RosterEntry
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.queries.register import HERE
from portal.attendance.schedule import Phase, day_range, local_day, phase_of


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A class session with how many of how many are here."""

    session: ClassSession
    phase: Phase
    here: int
    expected: int
    cameras: list[CameraNote]


@dataclass(frozen=True, slots=True)
class Day:
    """The class sessions of one local day, and the nearest days that have any."""

    day: date
    sessions: list[SessionSummary]
    previous: date | None
    next: date | None

    @property
    def is_live(self) -> bool:
        """Whether anything still runs or is to come, so that the page has news to wait for."""
        return any(each.phase in (Phase.UPCOMING, Phase.RUNNING) for each in self.sessions)


def _number(rows: QuerySet[Any], per: str) -> Coalesce:
    """How many rows, as a subquery: one group, by the column that the outer query is tied to; 0 where there is none."""
    counted = rows.order_by().values(per).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _with_counts(sessions: QuerySet[ClassSession]) -> QuerySet[ClassSession]:
    """Add ``here`` (marks present or late), ``enrolled`` (the roster) and ``guests`` (marked but not on the roster)."""
    marks = Mark.objects.filter(session=OuterRef("pk"))
    on_roster = RosterEntry.objects.filter(course=OuterRef("session__course"), student=OuterRef("student"))
    return sessions.annotate(
        here=_number(marks.filter(status__in=HERE), "session"),
        enrolled=_number(RosterEntry.objects.filter(course=OuterRef("course")), "course"),
        guests=_number(marks.filter(~Exists(on_roster)), "session"),
    )


def day_of(sessions: QuerySet[ClassSession], day: date, zone: ZoneInfo, now: datetime) -> Day:
    """The class sessions that begin on a local day, in the order of time."""
    start, end = day_range(day, zone)
    around = sessions.aggregate(
        previous=Max("starts_at", filter=Q(starts_at__lt=start)), next=Min("starts_at", filter=Q(starts_at__gte=end))
    )
    cameras = Prefetch("room__cameras", queryset=CameraStatus.objects.order_by("camera_name"))
    found = (
        _with_counts(sessions.filter(starts_at__gte=start, starts_at__lt=end))
        .select_related("course", "room")
        .prefetch_related(cameras)
        .order_by("starts_at", "course__code", "pk")
    )
    return Day(
        day=day,
        sessions=[
            SessionSummary(
                session=each,
                phase=phase_of(each, now),
                here=each.here,  # type: ignore[attr-defined]
                expected=each.enrolled + each.guests,  # type: ignore[attr-defined]
                cameras=[camera_note(camera, now) for camera in each.room.cameras.all()],
            )
            for each in found
        ],
        previous=local_day(around["previous"], zone) if around["previous"] else None,
        next=local_day(around["next"], zone) if around["next"] else None,
    )
