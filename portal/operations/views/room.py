"""One room: each camera, the recognizer that watches it, and what could be seen of the last days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, for_staff, zone_of
from portal.attendance.models import AlarmMail, CameraAlarm, Room
from portal.attendance.queries.cameras import Reporting, reporting_recognizers
from portal.attendance.queries.room_days import blind_times, room_days, since_days
from portal.attendance.queries.room_spans import spans_since
from portal.attendance.queries.troubles import newest_version
from portal.attendance.queries.watch import rooms_to_watch, watch_room
from portal.operations.bars import day_bars
from portal.operations.recipients import people_of
from portal.web.polling import NO_NEWS, text_version

DAYS_SHOWN = 14
ALARMS_SHOWN = 10


@gzip_page
@require_safe
@for_staff
def room(request: LecturerRequest, room_id: int) -> HttpResponse:
    """How the room is watched now, and was; asked again by the page itself."""
    now, zone = timezone.now(), zone_of(request.user)
    found = get_object_or_404(rooms_to_watch(now), pk=room_id)
    spans = spans_since([found.pk], since_days(DAYS_SHOWN, now))
    reporting = reporting_recognizers(now)
    watch = watch_room(found, spans, newest_version(each.version for each in reporting), now)
    days = room_days([found], DAYS_SHOWN, zone, now, spans)[found.pk]
    blind = blind_times(spans)
    names = sorted({each.name for each in watch.cameras} | {name for day in days for name in day.saw})
    context: dict[str, Any] = {
        "now": now,
        "room": found,
        "watch": watch,
        "galleries": _rooms_with_the_same_gallery(found, reporting),
        "bars": day_bars(days, blind, names) if names else None,
        "alarms": CameraAlarm.objects.filter(room=found).prefetch_related(_MAILS)[:ALARMS_SHOWN],
    }
    status = render_to_string("operations/room_status.html", context, request)
    version = text_version(status)
    if bool(request.htmx) and request.GET.get("version") == version:  # type: ignore[attr-defined]
        return HttpResponse(status=NO_NEWS)
    context |= {"status": status, "version": version, "people": people_of(found)}
    return render(request, "operations/room.html", context)


_MAILS = Prefetch("mails", AlarmMail.objects.select_related("account"))


def _rooms_with_the_same_gallery(room: Room, reporting: Iterable[Reporting]) -> int | None:
    """In how many other rooms cameras use the same gallery; None where this room's is not known."""
    galleries = {(each.room_id, each.gallery_version) for each in reporting if each.gallery_version is not None}
    mine = {version for room_id, version in galleries if room_id == room.pk}
    others = {room_id for room_id, version in galleries if version in mine and room_id != room.pk}
    return len(others) if mine else None
