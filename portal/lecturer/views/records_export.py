"""The records as a file."""

from __future__ import annotations

from typing import BinaryIO

from django.contrib import messages
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, zone_of
from portal.attendance.queries.record_groups import MOST_GROUPED, TooMany, group_records
from portal.attendance.schedule import local_day
from portal.lecturer.export import MOST_ROWS_AS_XLSX, TooLong, csv_lines, csv_of_groups, write_xlsx, xlsx_of_groups
from portal.lecturer.filters import RecordsForm
from portal.lecturer.record_columns import columns_for, read_by
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE

SEPARATORS = {"comma": ",", "semicolon": ";"}
TOO_LONG = _("More than {number} rows: export them as CSV, or choose fewer.")
TOO_MANY = _("More than {number} class sessions: choose fewer days, a course or a room.")


@require_safe
@one_export_at_a_time("lecturer:records")
def records_export(request: LecturerRequest, form: str) -> HttpResponseBase:
    """What the same address under /records/ shows, all pages of it, as CSV or XLSX."""
    if form not in ("csv", "xlsx"):
        raise Http404("no such form")
    asked = RecordsForm(request.user, request.GET)
    page = f"{reverse('lecturer:records')}?{request.GET.urlencode()}"
    if not asked.is_valid():
        return redirect(page)
    if request.method == "GET":
        note_export(f"records {request.GET.urlencode()}".rstrip(), request)
    name = f"attendance-{local_day(timezone.now(), zone_of(request.user))}.{form}"
    try:
        if form == "xlsx":
            return FileResponse(_workbook(asked), as_attachment=True, filename=name, content_type=CONTENT_TYPE)
        return _csv(asked, SEPARATORS.get(request.GET.get("separator", ""), ","), name)
    except (TooLong, TooMany) as error:
        words, number = (TOO_LONG, MOST_ROWS_AS_XLSX) if isinstance(error, TooLong) else (TOO_MANY, MOST_GROUPED)
        messages.error(request, words.format(number=number_format(number, force_grouping=True)))
        return redirect(page)


def _csv(asked: RecordsForm, separator: str, name: str) -> StreamingHttpResponse:
    by, zone = asked.cleaned_data["group"], zone_of(asked.account)
    if by:
        lines = csv_of_groups(by, group_records(asked.records(), by), separator)
    else:
        columns = columns_for(asked.shown)
        lines = csv_lines(asked.records().chunks(read_by(columns)), columns, zone, separator)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _workbook(asked: RecordsForm) -> BinaryIO:
    by = asked.cleaned_data["group"]
    if by:
        return xlsx_of_groups(by, group_records(asked.records(), by))
    columns = columns_for(asked.shown)
    return write_xlsx(asked.records().chunks(read_by(columns)), columns, zone_of(asked.account))
