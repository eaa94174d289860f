"""What lecturers see and do. Every object comes from access.py; every page works without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.attendance.models import ClassSession, Mark
from portal.attendance.queries import Register, RegisterRow, day_of, register_of
from portal.attendance.schedule import local_day
from portal.attendance.services import StaleCorrection, correct_mark
from portal.lecturer.access import (
    LecturerRequest,
    courses_of,
    marks_of,
    session_or_404,
    sessions_of,
    student_or_404,
    zone_of,
)
from portal.lecturer.export import csv_lines
from portal.lecturer.filters import RecordsFilter, columns
from portal.lecturer.forms import CorrectionForm, RegisterFilter
from portal.lecturer.versions import register_version

PER_PAGE = 50
NO_NEWS, STOP_POLLING = 204, 286
"""Answers to htmx: leave the page as it is; and ask no more."""

LIVE_BEFORE, LIVE_AFTER = timedelta(hours=12), timedelta(minutes=1)
"""A register refreshes itself from so long before its start until so long after its end."""


@require_safe
def today(request: LecturerRequest) -> HttpResponse:
    """The class sessions of today or of the day in the address, else of the next day that has any."""
    now, zone = timezone.now(), zone_of(request.user)
    actual = local_day(now, zone)
    asked = _asked_day(request.GET.get("day"))
    mine = sessions_of(request.user)
    shown = day_of(mine, asked or actual, zone, now)
    quiet = not asked and not shown.sessions
    if quiet and shown.next:
        shown = day_of(mine, shown.next, zone, now)
    live = shown.is_live and shown.day == actual
    context = {
        "shown": shown,
        "today": actual,
        "quiet": quiet,
        "is_live": live,
        "courses": list(courses_of(request.user)) if not shown.sessions else [],
    }
    return render(request, "lecturer/today.html", context, status=_polling_status(request, live))


def _asked_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404("no such day") from None
    if not 1970 <= day.year < 2200:
        raise Http404("no such day")
    return day


def _polling_status(request: LecturerRequest, is_live: bool) -> int:
    return STOP_POLLING if request.htmx and request.method == "GET" and not is_live else 200  # type: ignore[attr-defined]


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
        "kept": _register_query(request.GET),
        "now": now,
        "is_live": live,
        "statuses": Mark.Status.choices,
    }
    return render(request, "lecturer/register.html", context, status=_polling_status(request, live) if polled else 200)


def _is_live(found: Register) -> bool:
    now, session = timezone.now(), found.session
    return not session.is_cancelled and session.starts_at - LIVE_BEFORE < now < session.ends_at + LIVE_AFTER


def _register_query(asked: QueryDict) -> str:
    """Search and group of a register as they stand in its address, and nothing else of it."""
    return urlencode({key: asked[key] for key in ("q", "show") if asked.get(key)})


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """One student's mark: why it is what it is, what it was, and the form to correct it."""
    session = session_or_404(request.user, session_id)
    student = student_or_404(session, student_id)
    kept = _register_query(QueryDict(request.POST.get("kept", "")[:1000]) if request.method == "POST" else request.GET)
    form = CorrectionForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        values = form.cleaned_data
        try:
            mark = correct_mark(
                session, student, values["status"], values["reason"], request.user, shown=values["shown"]
            )
        except StaleCorrection as stale:
            return _correction_page(request, session, student_id, form, kept, stale)
        messages.success(request, f"{student.full_name} is now {mark.get_status_display().lower()}.")
        address = reverse("lecturer:register", args=[session.pk])
        return redirect(f"{address}{'?' if kept else ''}{kept}#student-{student.pk}")
    return _correction_page(request, session, student_id, form, kept)


def _correction_page(
    request: LecturerRequest,
    session: ClassSession,
    student_id: int,
    form: CorrectionForm | None,
    kept: str,
    stale: StaleCorrection | None = None,
) -> HttpResponse:
    """The page of one student: 409 when somebody else was first, 422 when the form is incomplete."""
    now = timezone.now()
    row = _row(register_of(session, now), student_id)
    initial = {"status": row.mark.status if row.mark else None, "shown": row.version}
    context = {
        "session": session,
        "row": row,
        "form": form or CorrectionForm(initial=initial),
        "changes": list(row.mark.changes.select_related("changed_by")) if row.mark else [],
        "stale": stale,
        "kept": kept,
        "now": now,
    }
    status = 409 if stale else 422 if form else 200
    response = render(request, "lecturer/correct.html", context, status=status)
    if request.htmx and form is not None:  # type: ignore[attr-defined]
        # The form of a register's row asked: what is to be said needs the whole page.
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML show:window:top"
        response["HX-Push-Url"] = request.path
    return response


def _row(found: Register, student_id: int) -> RegisterRow:
    for row in found.rows:
        if row.student.pk == student_id:
            return row
    raise Http404("no longer in this register")


@require_safe
def records(request: LecturerRequest) -> HttpResponse:
    """Marks of every class session, filtered, sorted and paged by the address."""
    found = _filtered(request)
    valid = found.is_valid()
    marks = found.qs.select_related("session__course", "session__room", "student", "marked_by") if valid else None
    counts = found.counts() if valid else {}
    page = Paginator(marks if marks is not None else Mark.objects.none(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": found.form,
        "page": page,
        "counts": counts,
        "is_valid": valid,
        "columns": columns(request.GET.get("sort", "")),
    }
    return render(request, "lecturer/records.html", context, status=200 if valid else 400)


@require_safe
def records_export(request: LecturerRequest) -> HttpResponseBase:
    """What the same address under /records/ shows, all pages of it, as CSV."""
    found = _filtered(request)
    if not found.is_valid():
        return redirect(f"{reverse('lecturer:records')}?{request.GET.urlencode()}")
    zone = zone_of(request.user)
    name = f"attendance-{local_day(timezone.now(), zone)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(csv_lines(found.qs, zone), content_type="text/csv; charset=utf-8", headers=headers)


def _filtered(request: LecturerRequest) -> RecordsFilter:
    return RecordsFilter(request.GET, queryset=marks_of(request.user), request=request)
