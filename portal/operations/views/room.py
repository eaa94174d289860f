"""One room: each camera, the recognizer that watches it, and what could be seen of the last days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.accounts.models import Account
from portal.attendance.access import LecturerRequest, for_staff, zone_of
from portal.attendance.models import CameraAlarm, CameraStatus, Room
from portal.attendance.queries.cameras import reporting
from portal.attendance.queries.room_days import blind_times, room_days
from portal.attendance.queries.watch import watch_rooms
from portal.operations.bars import day_bars
from portal.operations.recipients import recipients_of
from portal.web.polling import NO_NEWS, text_version

DAYS_SHOWN = 14
ALARMS_SHOWN = 10


@gzip_page
@require_safe
@for_staff
def room(request: LecturerRequest, room_id: int) -> HttpResponse:
    """How the room is watched now, and was; asked again by the page itself."""
    found = get_object_or_404(Room, pk=room_id)
    now, zone = timezone.now(), zone_of(request.user)
    (watch,) = watch_rooms(now, [found])
    days = room_days([found], DAYS_SHOWN, zone, now)[found.pk]
    blind = blind_times(found, now - timedelta(days=DAYS_SHOWN + 1), now)
    names = sorted({each.name for each in watch.cameras} | {name for day in days for name in day.saw})
    context: dict[str, Any] = {
        "now": now,
        "room": found,
        "watch": watch,
        "galleries": _rooms_with_the_same_gallery(found, now),
        "bars": day_bars(days, blind, names) if names else None,
        "alarms": CameraAlarm.objects.filter(room=found).prefetch_related("mails__account")[:ALARMS_SHOWN],
    }
    status = render_to_string("operations/room_status.html", context, request)
    version = text_version(status)
    if bool(request.htmx) and request.GET.get("version") == version:  # type: ignore[attr-defined]
        return HttpResponse(status=NO_NEWS)
    named = list(found.contacts.select_related("account").order_by("account__name"))
    context |= {
        "status": status,
        "version": version,
        "contacts": named,
        "others": Account.objects.filter(is_staff=True, is_active=True).exclude(
            pk__in=[each.account_id for each in named]
        ),
        "told": recipients_of(found),
    }
    return render(request, "operations/room.html", context)


def _rooms_with_the_same_gallery(room: Room, now: datetime) -> int | None:
    """In how many other rooms cameras use the same gallery; None where this room's is not known."""
    alive = CameraStatus.objects.filter(reporting(now), gallery_version__isnull=False).order_by()
    mine = set(alive.filter(room=room).values_list("gallery_version", flat=True))
    if not mine:
        return None
    return alive.filter(gallery_version__in=mine).exclude(room=room).values("room").distinct().count()
