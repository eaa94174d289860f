"""The class sessions of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from portal.attendance.models import CameraStatus, ClassSession, Mark, RosterEntry
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.queries.register import HERE
from portal.attendance.schedule import Phase, day_range, local_day, phase_of

LONGEST_SESSION = timedelta(days=7)
"""No class session lasts longer: how far back one may have begun that still runs on a day."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A class session with how many of the expected are here or were not observed, and how many guests came."""

    session: ClassSession
    phase: Phase
    here: int
    expected: int
    unseen: int
    guests: int
    cameras: list[CameraNote]


@dataclass(frozen=True, slots=True)
class Day:
    """The class sessions that take place on one local day, and the nearest days on which any begins."""

    day: date
    sessions: list[SessionSummary]
    previous: date | None
    next: date | None

    @property
    def is_live(self) -> bool:
        """Whether any register is still to be taken or closed, so that the page has news to wait for."""
        return any(not each.session.is_cancelled and each.session.closed_at is None for each in self.sessions)


def _number(rows: QuerySet[Any], per: str) -> Coalesce:
    """How many students the rows have, as a subquery: one group, by the column that the outer query is tied to."""
    counted = rows.order_by().values(per).annotate(number=Count("student", distinct=True)).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _with_counts(sessions: QuerySet[ClassSession]) -> QuerySet[ClassSession]:
    """Add how many are expected and how many are here, of the expected and beside them.

    A closed register counts its rows as they were written; an open one counts the roster of its day.
    """
    roster = RosterEntry.objects.filter(
        Q(since__isnull=True) | Q(since__lte=OuterRef("day")),
        Q(until__isnull=True) | Q(until__gte=OuterRef("day")),
        course=OuterRef("course"),
        student__is_active=True,
    )
    marks = Mark.objects.filter(session=OuterRef("pk"))
    here = marks.filter(status__in=HERE)
    of_the_day = RosterEntry.objects.filter(
        Q(since__isnull=True) | Q(since__lte=OuterRef("session__day")),
        Q(until__isnull=True) | Q(until__gte=OuterRef("session__day")),
        course=OuterRef("session__course"),
        student=OuterRef("student"),
        student__is_active=True,
    )
    is_closed = Q(closed_at__isnull=False)
    return sessions.annotate(
        expected=Case(
            When(is_closed, then=_number(marks.filter(on_roster=True), "session")), default=_number(roster, "course")
        ),
        here=Case(
            When(is_closed, then=_number(here.filter(on_roster=True), "session")),
            default=_number(here.filter(Exists(of_the_day)), "session"),
        ),
        unseen=_number(marks.filter(on_roster=True, status=Mark.Status.UNSEEN), "session"),
        here_in_all=_number(here, "session"),
    )


def day_of(sessions: QuerySet[ClassSession], day: date, zone: ZoneInfo, now: datetime) -> Day:
    """The class sessions that take place on a local day, also those that began the day before, in the order of time."""
    start, end = day_range(day, zone)
    around = sessions.aggregate(
        previous=Max("starts_at", filter=Q(starts_at__lt=start)), next=Min("starts_at", filter=Q(starts_at__gte=end))
    )
    cameras = Prefetch("room__cameras", queryset=CameraStatus.objects.order_by("camera_name"))
    found = (
        _with_counts(sessions.filter(starts_at__gte=start - LONGEST_SESSION, starts_at__lt=end, ends_at__gt=start))
        .select_related("course", "room")
        .prefetch_related(cameras)
        .order_by("starts_at", "course__code", "pk")
    )
    return Day(
        day=day,
        sessions=[_summary(each, now) for each in found],
        previous=local_day(around["previous"], zone) if around["previous"] else None,
        next=local_day(around["next"], zone) if around["next"] else None,
    )


def _summary(session: Any, now: datetime) -> SessionSummary:
    """``session`` has the counts that ``_with_counts`` adds."""
    return SessionSummary(
        session=session,
        phase=phase_of(session, now),
        here=session.here,
        expected=session.expected,
        unseen=session.unseen,
        guests=session.here_in_all - session.here,
        cameras=[camera_note(camera, now) for camera in session.room.cameras.all()],
    )
