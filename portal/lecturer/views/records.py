"""Marks of every class session."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.attendance.access import (
    LecturerRequest,
    marks_of,
    zone_of,
)
from portal.attendance.models import Mark
from portal.attendance.schedule import local_day
from portal.lecturer.export import csv_lines
from portal.lecturer.filters import RecordsFilter, columns

PER_PAGE = 50


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
