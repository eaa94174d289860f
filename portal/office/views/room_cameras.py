"""A camera of a room, and since when it is no longer there."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.forms import RoomCameraForm
from portal.attendance.models import RoomCamera
from portal.office.saving import save_form


class CameraForm(RoomCameraForm):
    """The same with a field for day and time together."""

    class Meta(RoomCameraForm.Meta):
        widgets = {"until": forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def room_camera(request: LecturerRequest, room_id: int, camera_id: int) -> HttpResponse:
    """Registers that this concerns are decided anew: the answer says how many."""
    rows = RoomCamera.objects.select_related("room")
    camera = get_object_or_404(rows, pk=camera_id)
    if camera.room_id != room_id:
        raise Http404("no such camera of the room")
    form = save_form(
        lambda: CameraForm(
            request.POST if request.method == "POST" else None, instance=rows.get(pk=camera_id), label_suffix=""
        )
    )
    if not form.is_bound or form.errors:
        since = camera.since.astimezone(camera.room.zone).replace(tzinfo=None)
        context = {"form": form, "camera": camera, "since": since}
        return render(request, "office/camera.html", context, status=422 if form.is_bound else 200)
    messages.success(request, gettext("Saved."))
    if form.concerned:
        words = gettext(
            "Closed registers since then: {number}. Each is decided anew within a minute, or when it is opened."
        )
        messages.info(request, words.format(number=form.concerned))
    return redirect("office:room", room_id)
