"""Exports that can be imported again."""

from __future__ import annotations

import tempfile

from django.contrib import messages
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.services.importing.exporting import MOST_ROWS_AS_XLSX, count_rows, csv_export, write_xlsx
from portal.office.access import kind_or_404
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE

SEPARATORS = {"comma": ",", "semicolon": ";"}


@require_safe
@for_staff
@one_export_at_a_time(back="office:term")
def export(request: LecturerRequest, kind: str, form: str) -> HttpResponseBase:
    """All of one kind as CSV, with commas or semicolons, or as XLSX."""
    found = kind_or_404(request.user, kind)
    if form == "xlsx" and count_rows(found.name, MOST_ROWS_AS_XLSX + 1) > MOST_ROWS_AS_XLSX:
        messages.error(
            request,
            gettext("{title}: more than {most_rows_as_xlsx} rows. Export them as CSV.").format(
                title=found.title, most_rows_as_xlsx=number_format(MOST_ROWS_AS_XLSX, force_grouping=True)
            ),
        )
        return redirect("office:term")
    if form not in ("csv", "xlsx"):
        raise Http404("no such form")
    if request.method == "GET":
        note_export(f"all {found.name}, {form}", request)
    name = f"{found.name}-{timezone.localdate()}.{form}"
    if form == "csv":
        separator = SEPARATORS.get(request.GET.get("separator", "comma"), ",")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        lines = csv_export(found.name, separator)
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    write_xlsx(found.name, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)
