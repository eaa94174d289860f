"""Closed registers are decided by a rule that was changed since, where somebody asks for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Course, Room
from portal.attendance.rule_offers import offered_sessions
from portal.attendance.services.closing import decide_late

MOST_AT_ONCE = 100
"""Registers that one request decides: it may take half a minute."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def course_rule(request: LecturerRequest, course_id: int) -> HttpResponse:
    """After another share of coverage."""
    back = reverse("office:course", args=[course_id])
    return _page(request, get_object_or_404(Course, pk=course_id), back)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def room_rule(request: LecturerRequest, room_id: int) -> HttpResponse:
    """After somebody has said anew whether each camera sees all of the room."""
    return _page(request, get_object_or_404(Room, pk=room_id), reverse("office:room", args=[room_id]))


def _page(request: LecturerRequest, owner: Course | Room, back: str) -> HttpResponse:
    """The page names the registers, the latest first, and decides them by POST."""
    held = offered_sessions(request, owner)
    if request.method == "POST":
        changed = sum(decide_late(session) for session in held[:MOST_AT_ONCE])
        messages.success(
            request, gettext("Closed registers changed by the new rule: {changed}.").format(changed=changed)
        )
    if request.method == "POST" or not held:
        return redirect(request.path if held.exists() else back)
    context = {"owner": owner, "held": held[:MOST_AT_ONCE], "back": back}
    return render(request, "office/by_rule.html", context)
