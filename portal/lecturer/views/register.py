"""The register of a class session."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import http_date
from django.utils.safestring import SafeString
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, confidential_kinds_in, session_or_404
from portal.attendance.models import ClassSession
from portal.attendance.queries.cancelling import cancelling_of
from portal.attendance.queries.news import stamp_of
from portal.attendance.queries.register import Register, register_of
from portal.attendance.queries.sight import SessionSight
from portal.attendance.queries.walk_ins import find_walk_ins
from portal.attendance.schedule import Phase, closes_at, opens_at
from portal.attendance.services.closing import sight_when_closed
from portal.lecturer.bars import lesson_ground
from portal.lecturer.forms import RegisterFilter
from portal.lecturer.line_texts import LineTexts
from portal.lecturer.lines import Line, lines_of, status_now
from portal.lecturer.unsaved import sign_author
from portal.lecturer.usual_reasons import kept_reason, usual_reasons
from portal.web.polling import NO_NEWS, STOP_POLLING, text_version

WAITS_AT_MOST = timedelta(hours=12)
"""A page that is open so long before its register begins to fill starts to refresh itself by then."""

PIECES = ("lesson", "summary", "notices", "groups", "nobody", "walk_ins", "visitors", "hand")
"""Parts of the page, beside its rows, that are sent anew when they look different."""

MOST_NEWS = 19_000
"""Characters of an answer with news: rows beyond are left for the next."""

MOST_VISITORS = 20
"""Visitors that are listed; the rest are counted, and found by the search."""

GROUPS = ("present", "late", "expected", "absent", "excused", "unseen", "cancelled")
ALWAYS = ("present", "late", "expected")
"""Groups in the order of the page, and those that an open register shows also without anybody in them."""


# What is compressed holds no secret beside what the asker chooses: the form's token is masked anew in each answer.
@gzip_page
@require_safe
def register(request: LecturerRequest, session_id: int) -> HttpResponse:
    """Everybody in a class session, or those that the address asks for."""
    now = timezone.now()
    session = session_or_404(request.user, session_id, Right.READ)
    sight = sight_when_closed(session, now)
    shown = request.headers.get("Rollcall-Shown")
    if shown is not None and is_taken(session, now) and request.headers.get("Rollcall-Stamp") == stamp_of(session, now):
        return HttpResponse(status=NO_NEWS)
    if shown is not None:
        return answer_news(request, session, MOST_NEWS)
    answer = render(request, "lecturer/register.html", _context(request, session, now, sight))
    if is_taken(session, now):
        # Only for so long is there anything to take without a connection: see worker.js.
        answer.headers["Rollcall-Kept-Until"] = http_date(closes_at(session).timestamp())
    return answer


def is_taken(session: ClassSession, now: datetime) -> bool:
    """Whether the register fills now: from a quarter of an hour before the start until it is closed."""
    return not session.is_cancelled and session.closed_at is None and opens_at(session) <= now


def answer_news(
    request: LecturerRequest, session: ClassSession, most: int | None = None, **more: object
) -> HttpResponse:
    """What the page that asks does not show yet, in about ``most`` characters; ``more`` goes to the template.

    What it does show are the versions in the header ``Rollcall-Shown``.
    """
    context = _context(request, session, timezone.now())
    shown = set(request.headers.get("Rollcall-Shown", "").split("."))
    pieces = {name: piece for name, piece in context["pieces"].items() if piece[1] not in shown}
    left = None if most is None else most - len(context["order"]) - sum(len(text) for text, _ in pieces.values())
    new = [line for line in context["lines"] if line.version not in shown]
    rows = _row_texts(context, new, left)
    context |= {"pieces": pieces, "rows": rows, "is_cut": len(rows) < len(new), **more}
    is_over = request.method == "GET" and not context["is_live"]
    return render(request, "lecturer/register/news.html", context, status=STOP_POLLING if is_over else 200)


def _context(
    request: LecturerRequest, session: ClassSession, now: datetime, sight: SessionSight | None = None
) -> dict[str, Any]:
    is_live = is_taken(session, now)
    # Before anything else is read: what comes meanwhile is news.
    stamp = stamp_of(session, now) if is_live else ""
    found = register_of(session, now, sight)
    form = RegisterFilter(request.GET)
    lines = lines_of(form.pick(found.rows, found.phase), found, request.user)
    begins_in = opens_at(session) - now
    kinds = confidential_kinds_in(session)
    context = {
        "register": found,
        "session": session,
        "stamp": stamp,
        "is_live": is_live,
        "lines": lines,
        "order": " ".join(str(line.pk) for line in lines),
        "visitors": lines_of(found.visitors[:MOST_VISITORS], found, request.user),
        "ground": lesson_ground(session, found.sight, now),
        "form": form,
        "sorted_by": form.order_in(found.phase),
        "is_by_hand": form.is_valid() and form.cleaned_data["by"] == "hand",
        "can_mark_rest": found.phase in (Phase.RUNNING, Phase.OVER),
        "groups": _groups(found),
        "walk_ins": find_walk_ins(found, form.cleaned_data["q"]) if form.is_valid() else [],
        "kept": register_query(request.GET),
        "author": sign_author(request.user),
        "begins_in": int(begins_in.total_seconds()) if timedelta() < begins_in < WAITS_AT_MOST else None,
        "cancelling": cancelling_of(session),
        "usual_reasons": usual_reasons(kinds),
        "confidential_kinds": kinds,
        "reason": kept_reason(request, session),
    }
    if "Rollcall-Shown" not in request.headers:
        context["rows"] = _row_texts(context, lines, None)
    context["pieces"] = _pieces(request, context)
    return context


def _groups(found: Register) -> list[tuple[str, str, int]]:
    """Value, name and number of each group that is shown."""
    is_open = found.phase in (Phase.RUNNING, Phase.OVER) and found.session.closed_at is None
    shown = [name for name in GROUPS if found.counts.get(name) or (is_open and name in ALWAYS)]
    return [(name, status_now(name, found.phase), found.counts.get(name, 0)) for name in shown]


def _row_texts(context: dict[str, Any], lines: Iterable[Line], most: int | None) -> list[SafeString]:
    """The lines as they are printed; with ``most`` so many characters of them, and one at least."""
    query = f"?{context['kept']}" if context["kept"] else ""
    line_texts, texts = LineTexts(query, context["session"].may_mark), list[SafeString]()
    for line in lines:
        text = line_texts.of(line)
        if most is not None and texts and len(text) > most:
            break
        texts.append(text)
        most = None if most is None else most - len(text)
    return texts


def _pieces(request: LecturerRequest, context: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Each piece's text and version."""
    texts = {name: render_to_string(f"lecturer/register/{name}.html", context, request) for name in PIECES}
    return {name: (text, text_version(f"{name}:{text}")) for name, text in texts.items()}


def register_query(asked: QueryDict) -> str:
    """Search, group and order of a register as they stand in its address, and nothing else of it."""
    return urlencode({key: asked[key] for key in ("q", "show", "order", "by") if asked.get(key)})
