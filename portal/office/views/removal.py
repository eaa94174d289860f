"""Courses and rooms that were added by mistake are removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Course, Room
from portal.attendance.services.removal import InUse, remove


@require_POST
@for_staff
def remove_course(request: LecturerRequest, course_id: int) -> HttpResponse:
    """With its roster and its rules."""
    found = get_object_or_404(Course, pk=course_id)
    return redirect("lecturer:courses") if _is_removed(request, found) else redirect("office:course", course_id)


@require_POST
@for_staff
def remove_room(request: LecturerRequest, room_id: int) -> HttpResponse:
    """With the list of who is told of its cameras."""
    found = get_object_or_404(Room, pk=room_id)
    return redirect("office:rooms") if _is_removed(request, found) else redirect("office:room", room_id)


def _is_removed(request: LecturerRequest, row: Course | Room) -> bool:
    name = str(row)
    try:
        remove(row)
    except InUse as error:
        messages.warning(
            request,
            gettext("{name} stays. This is kept of it: {uses}.").format(name=name, uses=", ".join(error.uses)),
        )
        return False
    messages.success(request, gettext("{name} is removed.").format(name=name))
    return True
