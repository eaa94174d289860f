"""Marks of every class session."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import (
    LecturerRequest,
    zone_of,
)
from portal.attendance.models import Student
from portal.attendance.queries.records import Page
from portal.attendance.schedule import local_day
from portal.lecturer.export import COLUMNS, csv_lines
from portal.lecturer.filters import NEWEST_FIRST, OLDEST_FIRST, RecordsForm
from portal.web.exports import one_export_at_a_time


@require_safe
def records(request: LecturerRequest) -> HttpResponse:
    """Marks of every class session, filtered, ordered and paged by the address."""
    form = RecordsForm(request.user, request.GET)
    if not form.is_valid():
        return render(request, "lecturer/records.html", {"form": form}, status=400)
    found = form.records()
    counts = total = found.of_any_status().counts()
    if found.status:
        total = found.counts()
    page = form.page(found)
    context = {
        "form": form,
        "page": page,
        "only_student": _only_student(page) if form.cleaned_data["student"] else None,
        "counts": counts,
        "total": total,
        "status_choices": form.fields["status"].choices[1:],  # type: ignore[attr-defined]
        "other_order": NEWEST_FIRST if form.is_oldest_first else OLDEST_FIRST,
    }
    return render(request, "lecturer/records.html", context)


def _only_student(page: Page) -> Student | None:
    """The student of all marks of a page, where there is one with a page of their own."""
    students = {mark.student_id: mark.student for mark in page.marks}
    is_one = len(students) == 1 and any(mark.on_roster for mark in page.marks)
    return next(iter(students.values())) if is_one else None


@require_safe
@one_export_at_a_time(back="lecturer:records")
def records_export(request: LecturerRequest) -> HttpResponseBase:
    """What the same address under /records/ shows, all pages of it, as CSV."""
    form = RecordsForm(request.user, request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('lecturer:records')}?{request.GET.urlencode()}")
    if request.method == "GET":
        note_export(f"records {request.GET.urlencode()}".rstrip(), request)
    zone = zone_of(request.user)
    name = f"attendance-{local_day(timezone.now(), zone)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = csv_lines(form.records().chunks(COLUMNS), zone)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
