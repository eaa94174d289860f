"""The register of a class session."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.attendance.access import (
    LecturerRequest,
    session_or_404,
)
from portal.attendance.models import PERSONS_STATUSES
from portal.attendance.queries.register import Register, register_of
from portal.lecturer.forms import RegisterFilter
from portal.lecturer.versions import register_version
from portal.lecturer.views.polling import NO_NEWS, polling_status

LIVE_BEFORE, LIVE_AFTER = timedelta(hours=12), timedelta(minutes=1)
"""A register refreshes itself from so long before its start until so long after its end."""


@require_safe
def register(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Everybody in a class session, or those that the address asks for."""
    now = timezone.now()
    found = register_of(session_or_404(request.user, session_id), now)
    form = RegisterFilter(request.GET)
    rows, live = form.pick(found.rows), _is_live(found)
    version = register_version(found, rows, now)
    polled = request.headers.get("HX-Target") == "live"
    if polled and live and request.GET.get("version") == version:
        return HttpResponse(status=NO_NEWS)
    context = {
        "register": found,
        "session": found.session,
        "rows": rows,
        "version": version,
        "form": form,
        "kept": register_query(request.GET),
        "now": now,
        "is_live": live,
        "statuses": [(status.value, status.label) for status in PERSONS_STATUSES],
    }
    return render(request, "lecturer/register.html", context, status=polling_status(request, live) if polled else 200)


def _is_live(found: Register) -> bool:
    now, session = timezone.now(), found.session
    return not session.is_cancelled and session.starts_at - LIVE_BEFORE < now < session.ends_at + LIVE_AFTER


def register_query(asked: QueryDict) -> str:
    """Search and group of a register as they stand in its address, and nothing else of it."""
    return urlencode({key: asked[key] for key in ("q", "show") if asked.get(key)})
