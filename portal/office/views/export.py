"""Exports that can be imported again."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.services.exporting.asking import ANOTHER_FIRST, ask_for_export
from portal.attendance.services.importing.exporting import count_rows, csv_export, header, write_xlsx
from portal.attendance.services.importing.planning import Kind
from portal.office.access import kind_or_404
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE, MOST_ROWS, takes_long, too_many_rows_words

SEPARATORS = {"comma": ",", "semicolon": ";"}


@require_safe
@for_staff
@one_export_at_a_time(back="office:term")
def export(request: LecturerRequest, kind: str, form: str) -> HttpResponseBase:
    """All of one kind as CSV, with commas or semicolons, or as XLSX; a long XLSX is made by a worker."""
    found = kind_or_404(request.user, kind)
    if form not in ("csv", "xlsx"):
        raise Http404("no such form")
    name, about = f"{found.name}-{timezone.localdate()}.{form}", f"all {found.name}, {form}"
    if form == "xlsx" and takes_long(count_rows(found.name, MOST_ROWS + 1), len(header(found.name))):
        return _lead_to_worker(request, found, name, about)
    if request.method == "GET":
        note_export(about, request)
    if form == "csv":
        separator = SEPARATORS.get(request.GET.get("separator", "comma"), ",")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        lines = csv_export(found.name, separator)
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    write_xlsx(found.name, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _lead_to_worker(request: LecturerRequest, found: Kind, name: str, about: str) -> HttpResponseBase:
    if request.method == "HEAD":
        return redirect("office:term")
    if count_rows(found.name, MOST_ROWS + 1) > MOST_ROWS:
        messages.error(request, f"{found.title}: {too_many_rows_words()}")
        return redirect("office:term")
    export, is_other = ask_for_export(request.user, "list", {"kind": found.name}, name, about)
    if is_other:
        messages.warning(request, ANOTHER_FIRST)
    return redirect("lecturer:export", export.pk)
