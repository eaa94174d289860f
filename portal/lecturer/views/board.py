"""The exam board's file of a course."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, Right, course_or_404, zone_of
from portal.attendance.models import BoardExport
from portal.attendance.queries.course import grid_of, terms_of
from portal.attendance.services.board_exports import new_reference, seal_and_record
from portal.lecturer.board.fonts import NoFont
from portal.lecturer.board.report import Report
from portal.lecturer.board.workbook import write_workbook
from portal.lecturer.views.course import term_asked_for
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE

CONTENT_TYPES = {BoardExport.Form.PDF: "application/pdf", BoardExport.Form.XLSX: CONTENT_TYPE}
NO_FONT = _(
    "This server has no font for a PDF: its administrator installs fonts-dejavu-core. Take the XLSX file till then."
)


@require_safe
@one_export_at_a_time("lecturer:course", "course_id")
def board_export(request: LecturerRequest, course_id: int, form: str) -> HttpResponse:
    """A course for the exam board, sealed and written down."""
    course = course_or_404(request.user, course_id, Right.READ)
    if form not in CONTENT_TYPES:
        raise Http404("no such form")
    now = timezone.now()
    grid = grid_of(course, now, term_asked_for(request, terms_of(course, now)))
    report = Report(course, grid, now, zone_of(request.user), request.user.name, new_reference())
    name = f"attendance-{'-'.join(course.code.split())}-{timezone.localdate(now)}.{form}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    answer = HttpResponse(content_type=CONTENT_TYPES[BoardExport.Form(form)], headers=headers)
    if request.method == "HEAD":
        return answer
    try:
        content = _write(report, form)
    except NoFont:
        messages.error(request, NO_FONT)
        return redirect("lecturer:course", course.pk)
    note_export(f"exam board's {form} of {course}, reference {report.reference}", request)
    answer.content = seal_and_record(
        content,
        form,
        report.reference,
        course,
        request.user,
        now,
        students=len(report.rows),
        sessions=len(report.sessions),
        digest=report.digest,
    )
    return answer


def _write(report: Report, form: str) -> bytes:
    """The file without its seal. Raises NoFont."""
    if form == BoardExport.Form.XLSX:
        return write_workbook(report)
    # Loaded where a PDF is asked for: it brings much along.
    from portal.lecturer.board.pdf import write_pdf

    return write_pdf(report)
