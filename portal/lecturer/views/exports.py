"""Files that a worker makes for somebody: how far one is, and the way to it. Nobody else comes here."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, export_or_404, exports_of
from portal.attendance.models import DataExport
from portal.attendance.services.exporting import keeping
from portal.attendance.services.exporting.asking import begin
from portal.attendance.services.exporting.makers import MAKERS
from portal.web.exports import one_export_at_a_time
from portal.web.workbooks import CONTENT_TYPE

CONTENT_TYPES = {"pdf": "application/pdf", "xlsx": CONTENT_TYPE}
MADE = _("The file is being made")
RIGHT_IS_GONE = _("You may not see all of this file any more, and it was deleted. Ask for it again.")


@require_safe
def exports(request: LecturerRequest) -> HttpResponse:
    """All files of the person that are kept or still to be made."""
    return render(request, "lecturer/exports.html", {"exports": exports_of(request.user).select_related("task")})


@require_safe
def export(request: LecturerRequest, export_id: int) -> HttpResponse:
    """One of them; while a worker is at it, the page asks again by itself."""
    found = export_or_404(request.user, export_id)
    if _has_lost_right(request, found):
        return redirect("lecturer:exports")
    maker = MAKERS[found.kind]
    context: dict[str, Any] = {"export": found, "back": maker.back(found), "words": MADE, "task": found.task}
    if found.fault:
        context["instead"] = maker.instead(found)
    return render(request, "lecturer/export.html", context)


@require_safe
@one_export_at_a_time("lecturer:export", "export_id")
def download(request: LecturerRequest, export_id: int) -> HttpResponseBase:
    """The file, for whoever has asked for it and may still see all that it holds."""
    found = export_or_404(request.user, export_id)
    if found.made_at is None:
        raise Http404("no such file")
    if _has_lost_right(request, found):
        return redirect("lecturer:exports")
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=found.file_name) or "",
        "Content-Length": str(found.size),
    }
    form = CONTENT_TYPES[found.file_name.rpartition(".")[2]]
    if request.method == "HEAD":
        return HttpResponse(content_type=form, headers=headers)
    note_export(found.about, request)
    keeping.note_taken(found, timezone.now())
    return StreamingHttpResponse(keeping.content_of(found), content_type=form, headers=headers)


@require_POST
def retry(request: LecturerRequest, export_id: int) -> HttpResponse:
    """Ask anew for one whose work has failed."""
    found = export_or_404(request.user, export_id)
    if found.made_at is None and not found.fault and not found.is_open:
        begin(found)
    return redirect("lecturer:export", found.pk)


@require_POST
def delete(request: LecturerRequest, export_id: int) -> HttpResponse:
    """Delete it before its time, made or not."""
    found = export_or_404(request.user, export_id)
    keeping.forget(found)
    messages.success(request, gettext("“{file_name}” was deleted.").format(file_name=found.file_name))
    return redirect("lecturer:exports")


def _has_lost_right(request: LecturerRequest, found: DataExport) -> bool:
    if keeping.may_have(found):
        return False
    keeping.forget(found)
    messages.error(request, RIGHT_IS_GONE)
    return True
