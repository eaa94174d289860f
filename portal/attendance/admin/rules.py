"""What another rule of a course or a room means for closed registers: nothing, unless somebody asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Course, Room, Source
from portal.attendance.services.closing import decide_late

MOST_AT_ONCE = 100
"""Registers that one request decides: it may take half a minute."""


def offer_held_sessions(request: HttpRequest, owner: Course | Room, address: str) -> None:
    """After a rule was saved: offer to decide by it the closed registers that say absent or not observed."""
    changed_at = timezone.now()
    if number := _held(owner, changed_at).count():
        request.session[address] = changed_at.isoformat()
        offer = gettext(
            '{} keeps the registers that are closed. <a href="{}">Decide {} of them too</a>, by the new rule.'
        )
        messages.warning(request, format_html(offer, owner, address, number))


def decide_held_sessions(
    request: HttpRequest, owner: Course | Room, back: str, context: dict[str, Any]
) -> HttpResponse:
    """The page that names those registers, the latest first, and decides them by POST."""
    changed_at = request.session.get(request.path)
    held = _held(owner, datetime.fromisoformat(changed_at)) if changed_at else ClassSession.objects.none()
    if request.method == "POST":
        changed = sum(decide_late(session) for session in held[:MOST_AT_ONCE])
        messages.success(
            request, gettext("Closed registers changed by the new rule: {changed}.").format(changed=changed)
        )
    if request.method == "POST" or not held:
        return redirect(request.path if held.exists() else back)
    number = min(held.count(), MOST_AT_ONCE)
    context |= {
        "owner": owner,
        "held": held[:number],
        "back": back,
        "title": gettext("Decide closed registers by the new rule"),
    }
    return render(request, "admin/attendance/held_by_rule.html", context)


def _held(owner: Course | Room, before: datetime) -> QuerySet[ClassSession]:
    """Closed registers with answers that a rule gave, last decided before that instant."""
    sessions = ClassSession.objects.filter(closed_at__isnull=False, is_cancelled=False, decided_at__lt=before)
    mine = sessions.filter(course=owner) if isinstance(owner, Course) else sessions.filter(room=owner)
    return mine.filter(marks__source=Source.CLOSING).select_related("course").distinct().order_by("-starts_at", "-pk")
