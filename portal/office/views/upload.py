"""A file arrives."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.services.importing import jobs
from portal.office.access import kind_or_404
from portal.office.forms import UploadForm
from portal.office.steps import begin_step


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def upload(request: LecturerRequest, kind: str) -> HttpResponseBase:
    """Choose a file or paste rows; it is read next."""
    found = kind_or_404(request.user, kind)
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        name, content = form.content()
        record = jobs.receive(found.name, name, content, request.user)
        begin_step(record, request.user)
        return redirect("office:import", record.pk)
    status = 422 if form.is_bound else 200
    answer: HttpResponse = render(request, "office/upload.html", {"kind": found, "form": form}, status=status)
    return answer
