"""Whether the cameras of a room were working."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, rooms_of, sessions_of, zone_of
from portal.attendance.models import ClassSession
from portal.attendance.queries.cameras import camera_note
from portal.attendance.queries.sight import CameraSight, SessionSight, sight_of
from portal.attendance.schedule import day_range, local_day
from portal.lecturer.bars import Segment, segments
from portal.lecturer.views.today import asked_day

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Bars:
    """Where a camera could see in a class session, and where it could not."""

    saw: list[Segment]
    blind: list[Segment]


@dataclass(frozen=True, slots=True)
class WatchedSession:
    """A class session with what the room's cameras could see of it."""

    session: ClassSession
    sight: SessionSight
    now: datetime

    @property
    def is_to_come(self) -> bool:
        return self.now < self.session.starts_at

    @property
    def is_running(self) -> bool:
        return self.session.starts_at <= self.now < self.session.ends_at

    @property
    def bars(self) -> list[tuple[CameraSight, Bars]]:
        return [(camera, self._bars(camera)) for camera in self.sight.cameras]

    def _bars(self, camera: CameraSight) -> Bars:
        blind = [(each.starts_at, each.ends_at) for each in camera.blind]
        return Bars(segments(self.session, camera.saw), segments(self.session, blind))


@require_safe
def room(request: LecturerRequest, room_id: int) -> HttpResponse:
    """What the room's cameras could see of the class sessions of a week, those of the reader's courses."""
    found = get_object_or_404(rooms_of(request.user), pk=room_id)
    now, zone = timezone.now(), zone_of(request.user)
    day = asked_day(request.GET.get("day")) or local_day(now, zone)
    monday = day - timedelta(days=day.weekday())
    start, end = day_range(monday, zone)[0], day_range(monday + WEEK, zone)[0]
    sessions = list(
        sessions_of(request.user, Right.READ)
        .filter(room=found, starts_at__gte=start, starts_at__lt=end)
        .select_related("course", "room")
        .order_by("starts_at", "pk")
    )
    sight = sight_of(sessions, now)
    context = {
        "room": found,
        "cameras": [camera_note(camera, now) for camera in found.cameras.order_by("camera_name")],
        "sessions": [WatchedSession(each, sight[each.pk], now) for each in sessions],
        **_week(monday),
    }
    return render(request, "lecturer/room.html", context)


def _week(monday: date) -> dict[str, date]:
    return {"first": monday, "last": monday + WEEK - timedelta(1), "before": monday - WEEK, "after": monday + WEEK}
