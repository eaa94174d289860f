"""The class sessions of a day."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.attendance.access import (
    LecturerRequest,
    courses_of,
    sessions_of,
    zone_of,
)
from portal.attendance.queries.day import day_of
from portal.attendance.schedule import local_day
from portal.lecturer.views.polling import polling_status


@require_safe
def today(request: LecturerRequest) -> HttpResponse:
    """The class sessions of today or of the day in the address, else of the next day that has any."""
    now, zone = timezone.now(), zone_of(request.user)
    actual = local_day(now, zone)
    asked = _asked_day(request.GET.get("day"))
    mine = sessions_of(request.user)
    shown = day_of(mine, asked or actual, zone, now)
    quiet = not asked and not shown.sessions
    if quiet and shown.next:
        shown = day_of(mine, shown.next, zone, now)
    live = shown.is_live and shown.day == actual
    context = {
        "shown": shown,
        "today": actual,
        "quiet": quiet,
        "is_live": live,
        "courses": list(courses_of(request.user)) if not shown.sessions else [],
    }
    return render(request, "lecturer/today.html", context, status=polling_status(request, live))


def _asked_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404("no such day") from None
    if not 1970 <= day.year < 2200:
        raise Http404("no such day")
    return day
