"""One import, at whichever step it is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.accounts.readings import note_export
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import ClassSession, Course, DataImport, ImportRow
from portal.attendance.services.importing.exporting import BYTE_ORDER_MARK
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.planning import Kind, Outcome
from portal.attendance.services.importing.words import OUTCOME_WORDS
from portal.office.access import import_or_404, kinds_of
from portal.office.forms import ColumnsForm, ReadingForm
from portal.web.exports import one_export_at_a_time
from portal.web.spreadsheet import text_cell

PER_PAGE = 100
WORDS = {
    DataImport.State.RECEIVED: _("The file is read"),
    DataImport.State.PLANNING: _("The rows are checked"),
    DataImport.State.WRITING: _("It is written"),
}


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


@require_safe
@for_staff
def show(request: LecturerRequest, import_id: int) -> HttpResponse:
    """The page of the step; while a worker is at it, the page asks again by itself."""
    record = import_or_404(request.user, import_id)
    return render(request, "office/import.html", context_of(request, record))


def context_of(request: LecturerRequest, record: DataImport, form: ColumnsForm | None = None) -> dict[str, Any]:
    """What the page shows; ``form`` is one that was refused."""
    state = DataImport.State(record.state)
    context: dict[str, Any] = {"import": record, "kind": KINDS[record.kind]}
    if state in WORDS:
        return context | {"step": "running", "words": WORDS[state], "task": record.task}
    if state == DataImport.State.FAULTY:
        return context | {"step": "faulty", "reading": ReadingForm(record) if record.pieces.exists() else None}
    asks_columns = state == DataImport.State.PLANNED and request.GET.get("step") == "columns"
    if state == DataImport.State.READ or asks_columns or form:
        shown = form or ColumnsForm(record)
        # Whoever comes to change the columns, or has to, finds them open.
        is_clear = not (asks_columns or form or record.fault) and shown.is_clear()
        return context | {"step": "columns", "form": shown, "is_clear": is_clear, "reading": ReadingForm(record)}
    if state == DataImport.State.DISCARDED:
        return context | {"step": "discarded"}
    return context | {"step": "rows", "next_kind": _next_kind(request, record)} | _rows(request, record)


def _next_kind(request: LecturerRequest, record: DataImport) -> Kind | None:
    """What is imported after this, as a term is set up; none after the last. Marks are of a term that runs."""
    kinds = [kind for kind in kinds_of(request.user) if kind.name != "marks"]
    return next((later for kind, later in pairwise(kinds) if kind.name == record.kind), None)


def _rows(request: LecturerRequest, record: DataImport) -> dict[str, Any]:
    refused = record.counts.get(Outcome.REFUSE, 0)
    outcome = request.GET.get("show", Outcome.REFUSE.value if refused else "")
    chosen = record.rows.filter(outcome=outcome) if outcome in set(Outcome) else record.rows.all()
    counts = [(each.value, OUTCOME_WORDS[each], record.counts.get(each.value, 0)) for each in Outcome]
    is_written = record.state == DataImport.State.WRITTEN
    changes = sum(record.counts.get(each, 0) for each in (Outcome.ADD, Outcome.CHANGE, Outcome.END))
    return {
        "page": Paginator(chosen, PER_PAGE).get_page(request.GET.get("page")),
        "counts": [each for each in counts if each[2]],
        "outcome": outcome,
        "total": sum(record.counts.values()),
        "refused": refused,
        "changes": changes,
        "ended": record.counts.get(Outcome.END, 0),
        "is_written": is_written,
        "held": held_courses(record) if is_written else [],
    }


def held_courses(record: DataImport) -> list[tuple[Course, int]]:
    """Courses whose rosters it changed and that have closed registers, which stay as they are; how many of them."""
    courses = Course.objects.filter(pk__in=[int(pk) for pk in record.rosters])
    closed = ClassSession.objects.filter(course__in=courses, closed_at__isnull=False).order_by()
    numbers: dict[int, int] = {}
    for course_id in closed.values_list("course", flat=True):
        numbers[course_id] = numbers.get(course_id, 0) + 1
    return [(course, numbers[course.pk]) for course in courses if course.pk in numbers]


@require_safe
@for_staff
@one_export_at_a_time(back="office:term")
def rows_as_csv(request: LecturerRequest, import_id: int) -> StreamingHttpResponse:
    """What becomes of every row, or of those with one outcome, as CSV."""
    record = import_or_404(request.user, import_id)
    outcome = request.GET.get("show", "")
    rows = record.rows.filter(outcome=outcome) if outcome in set(Outcome) else record.rows.all()
    if request.method == "GET":
        note_export(f"rows of import {record.pk}, {record.kind}", request)
    headers = {"Content-Disposition": f'attachment; filename="import-{record.pk}.csv"'}
    return StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8", headers=headers)


def _lines(rows: QuerySet[ImportRow]) -> Iterator[str]:
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield BYTE_ORDER_MARK + writer.writerow(["row", gettext("what becomes of it"), "what", "how"])
    for row in rows.iterator(chunk_size=2000):
        words = OUTCOME_WORDS[Outcome(row.outcome)]
        yield writer.writerow([str(row.number or ""), words, text_cell(row.subject), text_cell(row.words)])
