"""The class sessions of a day."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, course_ids_of, list_courses, may_plan, zone_of
from portal.attendance.models import ClassSession
from portal.attendance.queries.day import Day, day_of
from portal.attendance.schedule import closes_at, local_day
from portal.attendance.services.closing import close_due
from portal.web.polling import NO_NEWS, STOP_POLLING, text_version


@gzip_page
@require_safe
def today(request: LecturerRequest) -> HttpResponse:
    """The class sessions of today or of the day in the address, else of the next day that has any; a page of them."""
    now, zone = timezone.now(), zone_of(request.user)
    actual = local_day(now, zone)
    asked = asked_day(request.GET.get("day"))
    shown = _closed_day(request, asked or actual)
    quiet = not asked and not shown.sessions
    if quiet and shown.next:
        shown = day_of(course_ids_of(request.user, Right.READ), shown.next, zone, now, request.GET.get("page"))
    live = shown.is_live and shown.day == actual
    context = {
        "shown": shown,
        "today": actual,
        "zone": zone,
        "quiet": quiet,
        "is_live": live,
        "courses": list_courses(request.user, Right.READ) if not shown.sessions else [],
        "may_plan": may_plan(request.user),
    }
    day = render_to_string("lecturer/day.html", context, request)
    version = text_version(day)
    polled = bool(request.htmx)  # type: ignore[attr-defined]
    if polled and live and request.GET.get("version") == version:
        return HttpResponse(status=NO_NEWS)
    status = STOP_POLLING if polled and not live else 200
    return render(request, "lecturer/today.html", context | {"day": day, "version": version}, status=status)


def _closed_day(request: LecturerRequest, day: date) -> Day:
    """The day, with the registers closed that are due and that no timer has closed."""
    now, zone = timezone.now(), zone_of(request.user)
    page = request.GET.get("page")
    shown = day_of(course_ids_of(request.user, Right.READ), day, zone, now, page)
    due = [
        each.session.pk
        for each in shown.sessions
        if each.session.closed_at is None and not each.session.is_cancelled and closes_at(each.session) <= now
    ]
    if due:
        close_due(ClassSession.objects.filter(pk__in=due), now)
        shown = day_of(course_ids_of(request.user, Right.READ), day, zone, now, page)
    return shown


def asked_day(text: str | None) -> date | None:
    """The day in an address; 404 for one that is none."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404("no such day") from None
    if not 1970 <= day.year < 2200:
        raise Http404("no such day")
    return day
