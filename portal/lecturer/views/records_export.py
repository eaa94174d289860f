"""The records as a file."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, zone_of
from portal.attendance.queries.record_groups import Group, TooMany
from portal.attendance.schedule import local_day
from portal.attendance.services.exporting.asking import ANOTHER_FIRST, ask_for_export
from portal.lecturer.export import csv_lines, csv_of_groups
from portal.lecturer.filters import RecordsForm
from portal.lecturer.record_columns import columns_for, read_by
from portal.lecturer.record_files import groups_of, is_long, too_many_words, write_records
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE

SEPARATORS = {"comma": ",", "semicolon": ";"}


@require_safe
@one_export_at_a_time("lecturer:records")
def records_export(request: LecturerRequest, form: str) -> HttpResponseBase:
    """What the same address under /records/ shows, all pages of it, as CSV or XLSX; a long XLSX is made by a worker."""
    if form not in ("csv", "xlsx"):
        raise Http404("no such form")
    asked = RecordsForm(request.user, request.GET)
    page = f"{reverse('lecturer:records')}?{request.GET.urlencode()}"
    if not asked.is_valid():
        return redirect(page)
    name = f"attendance-{local_day(timezone.now(), zone_of(request.user))}.{form}"
    about = f"records {request.GET.urlencode()}".rstrip()
    try:
        groups = groups_of(asked)
    except TooMany:
        messages.error(request, too_many_words())
        return redirect(page)
    if form == "xlsx" and is_long(asked, groups):
        return redirect(page) if request.method == "HEAD" else _lead_to_worker(request, asked, name, about)
    if request.method == "GET":
        note_export(about, request)
    if form == "xlsx":
        return _workbook(asked, groups, name)
    return _csv(asked, groups, SEPARATORS.get(request.GET.get("separator", ""), ","), name)


def _lead_to_worker(request: LecturerRequest, asked: RecordsForm, name: str, about: str) -> HttpResponseBase:
    export, is_other = ask_for_export(request.user, "records", {"query": asked.query()}, name, about)
    if is_other:
        messages.warning(request, ANOTHER_FIRST)
    return redirect("lecturer:export", export.pk)


def _workbook(asked: RecordsForm, groups: list[Group] | None, name: str) -> FileResponse:
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    write_records(asked, groups, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _csv(asked: RecordsForm, groups: list[Group] | None, separator: str, name: str) -> StreamingHttpResponse:
    if groups is not None:
        lines = csv_of_groups(asked.cleaned_data["group"], groups, separator)
    else:
        columns = columns_for(asked.shown)
        lines = csv_lines(asked.records().chunks(read_by(columns)), columns, zone_of(asked.account), separator)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
