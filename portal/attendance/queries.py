"""What the tables say, in a constant number of queries however many students there are.

Nothing here asks who is reading: callers pass class sessions or marks that the reader may see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from portal.attendance.models import CameraStatus, ClassSession, Mark, MarkChange, RosterEntry, Student
from portal.attendance.names import plain
from portal.attendance.schedule import Phase, day_range, local_day, phase_of

HERE = (Mark.Status.PRESENT, Mark.Status.LATE)
SILENT_AFTER = timedelta(minutes=2)
"""A camera that has reported nothing for so long is silent, whatever it said last."""


@dataclass(frozen=True, slots=True)
class CameraNote:
    """A camera's state as a person needs it: ``silent`` takes the place of an old report."""

    name: str
    state: str
    reported_at: datetime
    last_frame_at: datetime | None
    silent_minutes: int


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


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One student in one class session.

    ``status`` is the mark's, or without a mark: ``expected``, ``absent``, ``unseen`` (no camera could have seen the
    student) or ``cancelled``. ``version`` is the id of the mark's last change by a person, 0 without one.
    """

    student: Student
    mark: Mark | None
    status: str
    is_on_roster: bool
    last_change: MarkChange | None

    @property
    def version(self) -> int:
        return self.last_change.pk if self.last_change else 0


@dataclass(frozen=True)
class Register:
    """All students of a class session by name, expected or marked."""

    session: ClassSession
    phase: Phase
    rows: list[RegisterRow]
    cameras: list[CameraNote]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many students have each status that any has."""
        return dict(Counter(row.status for row in self.rows))

    @property
    def here(self) -> int:
        return sum(self.counts.get(status, 0) for status in HERE)


def camera_note(camera: CameraStatus, now: datetime) -> CameraNote:
    """What to say of a camera now."""
    silence = now - camera.reported_at
    silent = silence > SILENT_AFTER and camera.state != CameraStatus.State.STOPPED
    return CameraNote(
        name=camera.camera_name,
        state="silent" if silent else camera.state,
        reported_at=camera.reported_at,
        last_frame_at=camera.last_frame_at,
        silent_minutes=int(silence.total_seconds() // 60),
    )


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


def register_of(session: ClassSession, now: datetime) -> Register:
    """The register of a class session, whoever is on the roster and whoever was marked."""
    marks = {mark.student_id: mark for mark in session.marks.select_related("student", "marked_by")}
    roster = {each.pk: each for each in Student.objects.filter(roster_entries__course=session.course_id)}
    changes: dict[int, MarkChange] = {}
    for change in MarkChange.objects.filter(mark__session=session).select_related("changed_by").order_by("pk"):
        changes[change.mark_id] = change
    cameras = list(CameraStatus.objects.filter(room=session.room_id).order_by("camera_name"))
    phase = phase_of(session, now)
    missing = _status_without_mark(session, phase, cameras, marks.values())
    students = roster | {mark.student_id: mark.student for mark in marks.values()}
    rows = [
        RegisterRow(
            student=student,
            mark=(mark := marks.get(pk)),
            status=mark.status if mark else missing,
            is_on_roster=pk in roster,
            last_change=changes.get(mark.pk) if mark else None,
        )
        for pk, student in students.items()
    ]
    rows.sort(key=lambda row: (plain(row.student.full_name), row.student.number))
    return Register(session, phase, rows, [camera_note(camera, now) for camera in cameras])


def _status_without_mark(
    session: ClassSession, phase: Phase, cameras: Iterable[CameraStatus], marks: Iterable[Mark]
) -> str:
    """Absent only where somebody could have been seen: after the end, in a room whose cameras delivered something."""
    if phase is Phase.CANCELLED:
        return "cancelled"
    if phase is not Phase.OVER:
        return "expected"
    watched = any(each.last_frame_at and each.last_frame_at >= session.starts_at for each in cameras)
    return "absent" if watched or any(mark.first_seen_at for mark in marks) else "unseen"


def status_counts(marks: QuerySet[Mark]) -> dict[str, int]:
    """How many of these marks have each status, none left out."""
    found = (
        marks.order_by().values("status").annotate(number=Count("pk", distinct=True)).values_list("status", "number")
    )
    return {status.value: 0 for status in Mark.Status} | dict(found)
