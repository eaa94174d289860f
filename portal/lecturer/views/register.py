"""The register of a class session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, session_or_404
from portal.attendance.models import PERSONS_STATUSES, ClassSession
from portal.attendance.queries.news import stamp_of
from portal.attendance.queries.register import Register, RegisterRow, register_of
from portal.attendance.schedule import opens_at
from portal.attendance.services.closing import close_if_due
from portal.lecturer.bars import lesson_ground
from portal.lecturer.forms import RegisterFilter
from portal.lecturer.unsaved import sign_author
from portal.lecturer.versions import row_version
from portal.web.polling import NO_NEWS, STOP_POLLING, text_version

WAITS_AT_MOST = timedelta(hours=12)
"""A page that is open so long before its register begins to fill starts to refresh itself by then."""

PIECES = ("lesson", "summary", "notices", "groups", "nobody")
"""Parts of the page, beside its rows and visitors, that are sent anew when they look different."""

Row = tuple[RegisterRow, str]
"""A row and its version."""


# What is compressed holds no secret beside what the asker chooses: the form's token is masked anew in each answer.
@gzip_page
@require_safe
def register(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Everybody in a class session, or those that the address asks for."""
    now = timezone.now()
    session = session_or_404(request.user, session_id, Right.READ)
    close_if_due(session)
    shown = request.headers.get("Rollcall-Shown")
    stamp = stamp_of(session, now)
    is_live = is_taken(session, now)
    if shown is not None and is_live and request.headers.get("Rollcall-Stamp") == stamp:
        return HttpResponse(status=NO_NEWS)
    context = _context(request, register_of(session, now), now) | {"stamp": stamp, "is_live": is_live}
    context["pieces"] = _pieces(request, context)
    if shown is None:
        return render(request, "lecturer/register.html", context)
    return _news(request, context, set(shown.split(".")))


def is_taken(session: ClassSession, now: datetime) -> bool:
    """Whether the register fills now: from a quarter of an hour before the start until it is closed."""
    return not session.is_cancelled and session.closed_at is None and opens_at(session) <= now


def _context(request: LecturerRequest, found: Register, now: datetime) -> dict[str, Any]:
    session, form = found.session, RegisterFilter(request.GET)
    rows = [(row, row_version(row, session)) for row in form.pick(found.rows)]
    visitors = [(row, row_version(row, session)) for row in found.visitors]
    begins_in = opens_at(session) - now
    return {
        "register": found,
        "session": session,
        "rows": rows,
        "order": " ".join(str(row.student.pk) for row, _ in rows),
        "visitors": visitors,
        "visitors_version": text_version("".join(version for _, version in visitors)),
        "ground": lesson_ground(session, found.sight, now),
        "form": form,
        "kept": register_query(request.GET),
        "author": sign_author(request.user),
        "begins_in": int(begins_in.total_seconds()) if timedelta() < begins_in < WAITS_AT_MOST else None,
        "statuses": [(status.value, status.label) for status in PERSONS_STATUSES],
    }


def _pieces(request: LecturerRequest, context: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Each piece's text and version."""
    texts = {name: render_to_string(f"lecturer/register/{name}.html", context, request) for name in PIECES}
    return {name: (text, text_version(text)) for name, text in texts.items()}


def _news(request: LecturerRequest, context: dict[str, Any], shown: set[str]) -> HttpResponse:
    """What the page that asks does not show yet; ``shown`` are the versions of what it does."""
    rows: list[Row] = context["rows"]
    context |= {
        "pieces": {name: piece for name, piece in context["pieces"].items() if piece[1] not in shown},
        "rows": [(row, version) for row, version in rows if version not in shown],
        "are_visitors_new": context["visitors_version"] not in shown,
    }
    status = 200 if context["is_live"] else STOP_POLLING
    return render(request, "lecturer/register/news.html", context, status=status)


def register_query(asked: QueryDict) -> str:
    """Search and group of a register as they stand in its address, and nothing else of it."""
    return urlencode({key: asked[key] for key in ("q", "show") if asked.get(key)})
