"""The exam board's file of a course."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, Right, course_or_404
from portal.attendance.models import BoardExport
from portal.attendance.queries.course import terms_of
from portal.attendance.services.exporting.asking import ANOTHER_FIRST, ask_for_export
from portal.lecturer.board.fonts import NoFont
from portal.lecturer.board.making import (
    NO_FONT,
    about,
    is_long,
    report_for,
    seal_report,
    what_of,
    write_report,
)
from portal.lecturer.views.course import term_asked_for
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE

CONTENT_TYPES = {BoardExport.Form.PDF: "application/pdf", BoardExport.Form.XLSX: CONTENT_TYPE}


@require_safe
@one_export_at_a_time("lecturer:course", "course_id")
def board_export(request: LecturerRequest, course_id: int, form: str) -> HttpResponseBase:
    """A course for the exam board, sealed and written down; that of a large course is made by a worker."""
    course = course_or_404(request.user, course_id, Right.READ)
    if form not in CONTENT_TYPES:
        raise Http404("no such form")
    now = timezone.now()
    term = term_asked_for(request, terms_of(course, now))
    report = report_for(request.user, course, term, now)
    name = f"attendance-{'-'.join(course.code.split())}-{timezone.localdate(now)}.{form}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    answer = HttpResponse(content_type=CONTENT_TYPES[BoardExport.Form(form)], headers=headers)
    if request.method == "HEAD":
        return answer
    if is_long(report, form):
        export, is_other = ask_for_export(request.user, "board", what_of(course, term, form), name, about(report, form))
        if is_other:
            messages.warning(request, ANOTHER_FIRST)
        return redirect("lecturer:export", export.pk)
    try:
        content = write_report(report, form)
    except NoFont:
        messages.error(request, NO_FONT)
        return redirect("lecturer:course", course.pk)
    note_export(about(report, form), request)
    answer.content = seal_report(content, report, form, request.user)
    return answer
