"""The class sessions of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min, Prefetch, QuerySet

from portal.attendance.models import CameraStatus, ClassSession, Mark, RosterEntry
from portal.attendance.persons import is_active, person
from portal.attendance.queries.cameras import CameraNote, camera_note
from portal.attendance.queries.register_rows import HERE
from portal.attendance.schedule import Phase, day_range, local_day, phase_of
from portal.web.prepared import prepared

LONGEST_SESSION = timedelta(days=7)
"""No class session lasts longer: how far back one may have begun that still runs on a day."""

PER_PAGE = 50
"""Class sessions of a day that are shown at once. A lecturer has a few; all courses of a university have hundreds."""

_ORDER = ("starts_at", "course__code", "pk")


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
    """The class sessions that take place on one local day, a page of them, and the nearest days on which any begins.

    ``page`` has the keys of those that are shown.
    """

    day: date
    page: Page[tuple[int, datetime]]
    sessions: list[SessionSummary]
    previous: date | None
    next: date | None

    @property
    def is_live(self) -> bool:
        """Whether any register is still to be taken or closed, so that the page has news to wait for."""
        return any(not each.session.is_cancelled and each.session.closed_at is None for each in self.sessions)


def day_of(
    courses: Collection[int] | None, day: date, zone: ZoneInfo, now: datetime, page: int | str | None = None
) -> Day:
    """The class sessions that take place on a local day, also those that began before it, in the order of time.

    Those of the courses with these ids; of every course without any. Without a number the page is the first on which a
    class session is not over yet.
    """
    start, end = day_range(day, zone)
    ids = None if courses is None else tuple(courses)
    keys = _keys(ids, start - LONGEST_SESSION, start, end)
    if page is None:
        page = next((place for place, (_, ends_at) in enumerate(keys) if ends_at > now), 0) // PER_PAGE + 1
    shown = Paginator(keys, PER_PAGE).get_page(page)
    before, after = _nearest_starts(ids, start, end)
    return Day(
        day=day,
        page=shown,
        sessions=_summaries(_sessions(tuple(pk for pk, _ in shown)), now),
        previous=local_day(before, zone) if before else None,
        next=local_day(after, zone) if after else None,
    )


@prepared
def _keys(
    courses: tuple[int, ...] | None, earliest: datetime, start: datetime, end: datetime
) -> QuerySet[Any, tuple[int, datetime]]:
    """Keys and ends of class sessions that have a part of that time, and began at the earliest then, in order."""
    found = _sessions_of(courses).filter(starts_at__gte=earliest, starts_at__lt=end, ends_at__gt=start)
    return found.order_by(*_ORDER).values_list("pk", "ends_at")


@prepared
def _sessions(keys: tuple[int, ...]) -> QuerySet[ClassSession]:
    """In the same order, with all that is said of them."""
    cameras = Prefetch("room__cameras", queryset=CameraStatus.objects.order_by("camera_name"))
    found = ClassSession.objects.filter(pk__in=keys).select_related("course", "room").prefetch_related(cameras)
    return found.order_by(*_ORDER)


def _sessions_of(courses: tuple[int, ...] | None) -> QuerySet[ClassSession]:
    return ClassSession.objects.all() if courses is None else ClassSession.objects.filter(course__in=courses)


def _nearest_starts(
    courses: tuple[int, ...] | None, start: datetime, end: datetime
) -> tuple[datetime | None, datetime | None]:
    """The last start before ``start``, and the first one from ``end`` on.

    The index of all class sessions knows it at once, and that of each course's does course by course.
    """
    return max(_last_starts(courses, start), default=None), min(_first_starts(courses, end), default=None)


@prepared
def _last_starts(courses: tuple[int, ...] | None, end: datetime) -> QuerySet[Any, datetime]:
    """The last start before ``end`` of each course; of all courses where none are named."""
    before = _sessions_of(courses).filter(starts_at__lt=end)
    if courses is None:
        return before.order_by("-starts_at").values_list("starts_at", flat=True)[:1]
    return before.order_by().values("course").annotate(at=Max("starts_at")).values_list("at", flat=True)


@prepared
def _first_starts(courses: tuple[int, ...] | None, start: datetime) -> QuerySet[Any, datetime]:
    """The first start from ``start`` on in the same way."""
    after = _sessions_of(courses).filter(starts_at__gte=start)
    if courses is None:
        return after.order_by("starts_at").values_list("starts_at", flat=True)[:1]
    return after.order_by().values("course").annotate(at=Min("starts_at")).values_list("at", flat=True)


def _summaries(found: Sequence[ClassSession], now: datetime) -> list[SessionSummary]:
    """The class sessions with their counts, in as many queries for one as for many.

    A closed register counts its rows as they were written; an open one counts the roster of its day.
    """
    still_open = [each for each in found if each.closed_at is None]
    rows, rosters, students_here = _count_rows(found), _rosters_of(still_open), _students_here(still_open)

    def summary(session: ClassSession) -> SessionSummary:
        marks = rows[session.pk]
        here_in_all = sum(number for (status, _), number in marks.items() if status in HERE)
        if session.closed_at:
            expected = sum(number for (_, on_roster), number in marks.items() if on_roster)
            here = sum(marks[status, True] for status in HERE)
        else:
            expected = len(rosters[session.pk])
            here = len(rosters[session.pk] & students_here[session.pk])
        return SessionSummary(
            session=session,
            phase=phase_of(session, now),
            here=here,
            expected=expected,
            unseen=marks[Mark.Status.UNSEEN, True],
            guests=here_in_all - here,
            cameras=[camera_note(camera, now) for camera in session.room.cameras.all()],
        )

    return [summary(each) for each in found]


def _count_rows(sessions: Sequence[ClassSession]) -> defaultdict[int, defaultdict[tuple[str, bool], int]]:
    """How many marks each class session has of each status, on the roster and beside it."""
    counts: defaultdict[int, defaultdict[tuple[str, bool], int]] = defaultdict(lambda: defaultdict(int))
    if not sessions:
        return counts
    for session, status, _, on_roster, number in _counted(tuple(each.pk for each in sessions)):
        counts[session][status, on_roster] += number
    return counts


@prepared
def _counted(sessions: tuple[int, ...]) -> QuerySet[Any, tuple[int, str, str, bool, int]]:
    rows = Mark.objects.filter(session__in=sessions).order_by()
    # By the columns of an index in its order, so that nothing is sorted.
    groups = rows.values("session", "status", "source", "on_roster").annotate(number=Count("pk"))
    return groups.values_list("session", "status", "source", "on_roster", "number")


def _rosters_of(sessions: Sequence[ClassSession]) -> dict[int, set[int]]:
    """Who is expected at each class session: the active students on its course's roster on its day."""
    if not sessions:
        return {}
    entries = RosterEntry.objects.filter(course__in={each.course_id for each in sessions}).filter(is_active())
    rosters: defaultdict[int, list[tuple[int, date, date]]] = defaultdict(list)
    for course, student, since, until in entries.values_list("course", person(), "since", "until"):
        rosters[course].append((student, since or date.min, until or date.max))
    return {
        each.pk: {student for student, since, until in rosters[each.course_id] if since <= each.day <= until}
        for each in sessions
    }


def _students_here(sessions: Sequence[ClassSession]) -> defaultdict[int, set[int]]:
    """Whose mark says that they are here, by class session."""
    here: defaultdict[int, set[int]] = defaultdict(set)
    if not sessions:
        return here
    marks = Mark.objects.filter(session__in=[each.pk for each in sessions], status__in=HERE).order_by()
    for session, student in marks.values_list("session", "student"):
        here[session].add(student)
    return here
