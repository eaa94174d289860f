"""Rooms: their names, time zones and cameras."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.forms import RoomForm
from portal.attendance.models import CameraStatus, Room
from portal.attendance.rule_offers import offer_held_sessions
from portal.attendance.services.removal import uses_of
from portal.attendance.services.room_zones import change_zone
from portal.office.saving import repeat_where_met, save_form

PER_PAGE = 50


@require_safe
@for_staff
def rooms(request: LecturerRequest) -> HttpResponse:
    """A page of the rooms that the address asks for, with the number of cameras that report from each."""
    text = request.GET.get("q", "").strip()[:100]
    cameras = CameraStatus.objects.filter(room=OuterRef("pk")).order_by().values("room")
    found = Room.objects.filter(name__icontains=text).annotate(
        camera_count=Coalesce(Subquery(cameras.annotate(number=Count("pk")).values("number")), 0)
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/rooms.html", {"page": page, "q": text})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def add(request: LecturerRequest) -> HttpResponse:
    """A new room."""
    form = save_form(lambda: RoomForm(request.POST if request.method == "POST" else None, label_suffix=""))
    if not form.is_bound or form.errors:
        return render(request, "office/room.html", {"form": form}, status=422 if form.is_bound else 200)
    messages.success(
        request, gettext("{room} is added. The configuration of its recognizer names it so.").format(room=form.instance)
    )
    return redirect("office:rooms")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def room(request: LecturerRequest, room_id: int) -> HttpResponse:
    """A room as it stands; another time zone moves what weekly slots have made to the same time by its new clocks."""
    found = get_object_or_404(Room, pk=room_id)

    def save() -> tuple[RoomForm, str]:
        form = RoomForm(request.POST, instance=Room.objects.get(pk=room_id), label_suffix="")
        if not form.is_valid():
            return form, ""
        saved = form.save()
        return form, change_zone(saved, saved.time_zone).words if "time_zone" in form.changed_data else ""

    form, words = repeat_where_met(save) if request.method == "POST" else (_form(found), "")
    if not form.is_bound or form.errors:
        context = {"form": form, "room": found, "cameras": found.room_cameras.all(), "uses": uses_of(found)}
        return render(request, "office/room.html", context, status=422 if form.is_bound else 200)
    messages.success(request, f"{gettext('Saved.')} {words}".rstrip())
    if "name" in form.changed_data:
        messages.warning(
            request,
            gettext("Its recognizer must name it {name} too, or it finds no room.").format(name=form.instance.name),
        )
    if "each_camera_sees_all" in form.changed_data:
        offer_held_sessions(request, form.instance)
    return redirect("office:room", room_id)


def _form(found: Room) -> RoomForm:
    return RoomForm(instance=found, label_suffix="")
