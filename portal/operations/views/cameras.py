"""Every room's cameras, the worst first."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, for_staff, zone_of
from portal.attendance.models import Room
from portal.attendance.queries.room_days import room_days
from portal.attendance.queries.troubles import Level
from portal.attendance.queries.watch import RoomWatch, watch_rooms
from portal.attendance.schedule import local_day
from portal.operations.bars import Cell, strip
from portal.web.polling import NO_NEWS, text_version

PER_PAGE = 25
DAYS_SHOWN = 14
STRIPS_KEPT_SECONDS = 300

GROUPS = {
    "fault": _("Failing"),
    "warning": _("Needs attention"),
    "well": _("Well"),
    "none": _("No camera"),
}


@dataclass(frozen=True, slots=True)
class ShownRoom:
    """A room with its last days."""

    watch: RoomWatch
    days: list[Cell]


def group_of(watch: RoomWatch) -> str:
    """Under which of ``GROUPS`` a room is listed."""
    if not watch.cameras:
        return "none"
    if watch.level is Level.FAULT:
        return "fault"
    return "warning" if watch.level is Level.WARNING else "well"


@gzip_page
@require_safe
@for_staff
def cameras(request: LecturerRequest) -> HttpResponse:
    """The rooms that were asked for; asked again by the page itself, only where something has changed."""
    now = timezone.now()
    known = _take_version(request)
    search, show = request.GET.get("search", "").strip(), request.GET.get("show", "")
    watched = [each for each in watch_rooms(now) if _is_meant(each, search)]
    counts = dict.fromkeys(GROUPS, 0)
    for each in watched:
        counts[group_of(each)] += 1
    chosen = [each for each in watched if show not in GROUPS or group_of(each) == show]
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    strips = _strips([each.room for each in page.object_list], zone_of(request.user), now)
    context: dict[str, Any] = {
        "now": now,
        "total": len(watched),
        "groups": [(name, label, counts[name]) for name, label in GROUPS.items()],
        "search": search,
        "show": show if show in GROUPS else "",
        "page": page,
        "rooms": [ShownRoom(each, strips[each.room.pk]) for each in page.object_list],
        "needed": [each for each in watched if each.is_needed and each.faults],
    }
    rooms = render_to_string("operations/rooms.html", context, request)
    version = text_version(rooms)
    if bool(request.htmx) and known == version:  # type: ignore[attr-defined]
        return HttpResponse(status=NO_NEWS)
    return render(request, "operations/cameras.html", context | {"list": rooms, "version": version})


def _strips(rooms: list[Room], zone: ZoneInfo, now: datetime) -> dict[int, list[Cell]]:
    """The last days of each room. They change slowly and are most of the page's work, so they are kept for a while."""
    reader = f"{get_language()}:{zone.key}:{local_day(now, zone)}"
    keys = {room.pk: f"strip:{room.pk}:{reader}" for room in rooms}
    kept = cache.get_many(keys.values())
    missing = [room for room in rooms if keys[room.pk] not in kept]
    days = room_days(missing, DAYS_SHOWN, zone, now) if missing else {}
    new = {keys[pk]: [astuple(cell) for cell in strip(each)] for pk, each in days.items()}
    cache.set_many(new, STRIPS_KEPT_SECONDS)
    return {pk: [Cell(*values) for values in (kept | new)[key]] for pk, key in keys.items()}


def _take_version(request: LecturerRequest) -> str:
    """The version that a page has which asks again. It is taken out of the address, so that no link repeats it."""
    query = request.GET.copy()
    known = query.pop("version", [""])[-1]
    request.GET = query  # type: ignore[assignment]
    return str(known)


def _is_meant(watch: RoomWatch, search: str) -> bool:
    """Whether the room's name, a camera's or the classroom machine's holds the text."""
    names = [watch.room.name, *(each.name for each in watch.cameras)]
    if watch.lease:
        names.append(watch.lease.machine)
    return not search or any(search.casefold() in name.casefold() for name in names)
