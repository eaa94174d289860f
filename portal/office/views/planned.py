"""A term, a closure or a slot is added, changed or removed, once the office has seen what becomes of class sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Closure, Slot, Term
from portal.attendance.services.slots import SlotPlan, plan_slots
from portal.office.planned_forms import KINDS, Kind
from portal.office.saving import repeat_where_met

STEPS_SHOWN = 200

Planned = Term | Closure | Slot


@dataclass
class Attempt:
    """What came of a form: with ``plan`` and not ``is_done`` it waits for a look."""

    form: Any
    plan: SlotPlan | None = None
    is_done: bool = False
    removes: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def planned(request: LecturerRequest, what: str, row_id: int | None = None) -> HttpResponse:
    """The form of one; without ``row_id`` of a new one."""
    if what not in KINDS:
        raise Http404("nothing that is planned")
    kind = KINDS[what]
    if request.method != "POST":
        return _page(request, kind, row_id, Attempt(_form(kind, row_id, request)))
    removes = row_id is not None and "remove" in request.POST

    def work() -> Attempt:
        return (_remove if removes else _save)(request, kind, row_id)

    attempt = repeat_where_met(work)
    if not attempt.is_done:
        return _page(request, kind, row_id, attempt)
    messages.success(request, f"{gettext('Saved.')} {attempt.plan.words if attempt.plan else ''}".rstrip())
    row = attempt.form.instance
    term = row.pk if what == "terms" and not removes else getattr(row, "term_id", None)
    return redirect(f"{reverse('office:timetable')}{f'?term={term}' if term else ''}")


def _form(kind: Kind, row_id: int | None, request: LecturerRequest) -> Any:
    """Bound to what was sent; else a slot begins in the term that the person comes from."""
    row: Any = get_object_or_404(kind.model, pk=row_id) if row_id else kind.model()
    if request.method == "POST":
        return kind.form(request.POST, instance=row, label_suffix="")
    asked = request.GET.get("term", "")
    return kind.form(instance=row, label_suffix="", initial={"term": asked} if asked.isdecimal() else {})


def _save(request: LecturerRequest, kind: Kind, row_id: int | None) -> Attempt:
    """Within a transaction, which is undone where somebody has to look first."""
    form = _form(kind, row_id, request)
    if not form.is_valid():
        return Attempt(form)
    form.save()
    return _finish(request, Attempt(form), plan_slots(form.concerned()))


def _remove(request: LecturerRequest, kind: Kind, row_id: int | None) -> Attempt:
    row: Any = get_object_or_404(kind.model, pk=row_id)
    form = kind.form(instance=row, label_suffix="")
    if isinstance(row, Term) and row.slots.exists():
        messages.error(request, gettext("This term has weekly slots. Remove them first."))
        return Attempt(form)
    concerned = list(form.concerned())
    if not isinstance(row, Slot):
        _delete(row)
        return _finish(request, Attempt(form, removes=True), plan_slots(concerned))
    attempt = _finish(request, Attempt(form, removes=True), plan_slots(concerned, are_removed=True))
    if attempt.is_done:
        _delete(row)
    return attempt


def _delete(row: Planned) -> None:
    # By its key: the page still speaks of the row.
    type(row)._default_manager.filter(pk=row.pk).delete()


def _finish(request: LecturerRequest, attempt: Attempt, plan: SlotPlan) -> Attempt:
    """Write the plan if it is what the person saw, or if there is nothing to see; else undo all of it."""
    attempt.plan = plan
    attempt.is_done = plan.is_quiet or request.POST.get("plan") == plan.digest()
    if attempt.is_done:
        plan.write()
    else:
        transaction.set_rollback(True)
    return attempt


def _page(request: LecturerRequest, kind: Kind, row_id: int | None, attempt: Attempt) -> HttpResponse:
    """409 where class sessions are to be looked at first, 422 where the form is not right."""
    plan = attempt.plan
    context = {
        "kind": kind,
        "row": get_object_or_404(kind.model, pk=row_id) if row_id else None,
        "form": attempt.form,
        "fields": attempt.form.visible_fields(),
        "plan": plan,
        "steps": plan.steps[:STEPS_SHOWN] if plan else [],
        "more": max(0, len(plan.steps) - STEPS_SHOWN) if plan else 0,
        "counts": plan.counts() if plan else {},
        "digest": plan.digest() if plan else "",
        "removes": attempt.removes,
    }
    status = 409 if plan else 422 if attempt.form.is_bound else 200
    return render(request, "office/planned.html", context, status=status)
