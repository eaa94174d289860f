"""Marks of every class session: one by one, or grouped."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest
from portal.attendance.models import SavedFilter, Student
from portal.attendance.queries.record_groups import GROUPINGS, MOST_GROUPED, TooMany, group_records
from portal.attendance.queries.records import Page
from portal.lecturer.filters import NEWEST_FIRST, OLDEST_FIRST, WHEN, RecordsForm
from portal.lecturer.record_texts import RecordTexts

GROUPS_ON_A_PAGE = 200


@require_safe
def records(request: LecturerRequest) -> HttpResponse:
    """Marks of every class session, filtered, ordered and paged by the address."""
    form = RecordsForm(request.user, request.GET)
    context = {"form": form, "saved": SavedFilter.objects.filter(account=request.user), "presets": WHEN}
    if not form.is_valid():
        # htmx shows what is wrong; a status of 400 it would take for a server that is out of order.
        return render(request, "lecturer/records.html", context, status=422 if request.htmx else 400)  # type: ignore[attr-defined]
    context |= {"shown": form.shown, "query": form.query()}
    found = _groups(form, request.GET.get("page")) if form.cleaned_data["group"] else _marks(form)
    return render(request, "lecturer/records.html", context | found)


def _marks(form: RecordsForm) -> dict[str, Any]:
    """A page of the marks, and how many there are."""
    found = form.records()
    counts = total = found.of_any_status().counts()
    if found.status:
        total = counts.only(found.status) if counts.is_complete else found.counts()
    page = form.page(found)
    return {
        "page": page,
        "rows": map(RecordTexts(form.shown).of, page.marks),
        "only_student": _only_student(page) if form.cleaned_data["student"] else None,
        "counts": counts,
        "total": total,
        "status_choices": form.fields["status"].choices[1:],  # type: ignore[attr-defined]
        "other_order": NEWEST_FIRST if form.is_oldest_first else OLDEST_FIRST,
    }


def _groups(form: RecordsForm, number: str | None) -> dict[str, Any]:
    """A page of the groups."""
    by = form.cleaned_data["group"]
    context: dict[str, Any] = {"grouping": GROUPINGS[by], "most_grouped": MOST_GROUPED}
    try:
        groups = group_records(form.records(), by)
    except TooMany:
        return context | {"is_too_many": True}
    return context | {"groups": Paginator(groups, GROUPS_ON_A_PAGE).get_page(number)}


def _only_student(page: Page) -> Student | None:
    """The student of all marks of a page, where there is one with a page of their own."""
    students = {mark.student_id: mark.student for mark in page.marks}
    is_one = len(students) == 1 and any(mark.on_roster for mark in page.marks)
    return next(iter(students.values())) if is_one else None
