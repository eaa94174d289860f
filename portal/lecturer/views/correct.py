"""One student in a class session."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.attendance.access import (
    LecturerRequest,
    session_or_404,
    student_or_404,
)
from portal.attendance.models import ClassSession
from portal.attendance.queries.register import Register, RegisterRow, register_of
from portal.attendance.services.correction import StaleCorrection, correct_mark
from portal.lecturer.forms import CorrectionForm
from portal.lecturer.views.register import register_query


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: LecturerRequest, session_id: int, student_id: int) -> HttpResponse:
    """One student's mark: why it is what it is, what it was, and the form to correct it."""
    session = session_or_404(request.user, session_id)
    student = student_or_404(session, student_id)
    kept = register_query(QueryDict(request.POST.get("kept", "")[:1000]) if request.method == "POST" else request.GET)
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
