"""What another rule of a course or a room means for closed registers: nothing, unless somebody asks for it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext

from portal.attendance.models import ClassSession, Course, Room, Source


def offer_held_sessions(request: HttpRequest, owner: Course | Room) -> None:
    """After a rule was saved: offer to decide by it the closed registers that say absent or not observed."""
    changed_at = timezone.now()
    if number := _held(owner, changed_at).count():
        request.session[_key(owner)] = changed_at.isoformat()
        address = reverse(f"office:{owner._meta.model_name}_rule", args=[owner.pk])
        offer = gettext(
            '{} keeps the registers that are closed. <a href="{}">Decide {} of them too</a>, by the new rule.'
        )
        messages.warning(request, format_html(offer, owner, address, number))


def offered_sessions(request: HttpRequest, owner: Course | Room) -> QuerySet[ClassSession]:
    """The registers that this visitor was offered and that were not decided since, the latest first."""
    changed_at = request.session.get(_key(owner))
    return _held(owner, datetime.fromisoformat(changed_at)) if changed_at else ClassSession.objects.none()


def _key(owner: Course | Room) -> str:
    return f"rule-changed-{owner._meta.model_name}-{owner.pk}"


def _held(owner: Course | Room, before: datetime) -> QuerySet[ClassSession]:
    """Closed registers with answers that a rule gave, last decided before that instant."""
    sessions = ClassSession.objects.filter(closed_at__isnull=False, is_cancelled=False, decided_at__lt=before)
    mine = sessions.filter(course=owner) if isinstance(owner, Course) else sessions.filter(room=owner)
    return mine.filter(marks__source=Source.CLOSING).select_related("course").distinct().order_by("-starts_at", "-pk")
