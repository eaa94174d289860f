"""What is done with an import: each a POST that leads back to its page."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import DataImport, Student, Task
from portal.attendance.services.importing import jobs
from portal.attendance.services.rosters import apply_roster_to_held_sessions
from portal.office.access import import_or_404
from portal.office.forms import ColumnsForm, ReadingForm
from portal.office.steps import begin_step
from portal.office.views.imports import context_of, held_courses


@require_POST
@for_staff
def read_anew(request: LecturerRequest, import_id: int) -> HttpResponse:
    """Read the file in another way."""
    record = import_or_404(request.user, import_id)
    form = ReadingForm(record, request.POST)
    if form.is_valid():
        jobs.read_anew(record, form.reading(), form.cleaned_data["header"])
        begin_step(record, request.user)
    else:
        messages.error(request, gettext("Choose one of the values offered."))
    return redirect("office:import", record.pk)


@require_POST
@for_staff
def choose_columns(request: LecturerRequest, import_id: int) -> HttpResponseBase:
    """Keep which column holds what; the rows are checked next."""
    record = import_or_404(request.user, import_id)
    if record.state not in (DataImport.State.READ, DataImport.State.PLANNED):
        return redirect("office:import", record.pk)
    form = ColumnsForm(record, request.POST)
    if not form.is_valid():
        return render(request, "office/import.html", context_of(request, record, form), status=422)
    reading = jobs.reading_of(record)
    jobs.choose(record, reading, form.columns(), form.choices(timezone.localdate()))
    begin_step(record, request.user)
    return redirect("office:import", record.pk)


@require_POST
@for_staff
def write(request: LecturerRequest, import_id: int) -> HttpResponse:
    """Write what was shown."""
    record = import_or_404(request.user, import_id)
    if request.POST.get("shown") != record.plan_digest:
        messages.error(
            request, gettext("Somebody has checked this file anew meanwhile, and nothing was written. Look again.")
        )
    elif jobs.begin_writing(record):
        begin_step(record, request.user)
    return redirect("office:import", record.pk)


@require_POST
@for_staff
def retry(request: LecturerRequest, import_id: int) -> HttpResponse:
    """Ask anew for work that failed."""
    record = import_or_404(request.user, import_id)
    with transaction.atomic():
        locked = DataImport.objects.select_for_update().get(pk=record.pk)
        is_open = locked.task is not None and locked.task.state in (Task.State.WAITING, Task.State.RUNNING)
        if not is_open:
            record.reading["is_small"] = False
            begin_step(record, request.user)
    return redirect("office:import", record.pk)


@require_POST
@for_staff
def discard(request: LecturerRequest, import_id: int) -> HttpResponse:
    """Give it up."""
    record = import_or_404(request.user, import_id)
    jobs.discard(record)
    if record.state == DataImport.State.DISCARDED:
        messages.success(request, gettext("The import was given up, and nothing was written."))
        return redirect("office:term")
    return redirect("office:import", record.pk)


@require_POST
@for_staff
def change_held(request: LecturerRequest, import_id: int) -> HttpResponse:
    """Bring the rosters of an import into one course's closed registers too."""
    record = import_or_404(request.user, import_id)
    for course, _ in held_courses(record):
        if request.POST.get("course") == str(course.pk):
            students = Student.objects.filter(pk__in=record.rosters[str(course.pk)])
            number = apply_roster_to_held_sessions(course, students)
            messages.success(
                request,
                gettext("{code}: closed registers changed by the new roster: {number}.").format(
                    code=course.code, number=number
                ),
            )
    return redirect("office:import", record.pk)
