"""The timetable: terms, the weekly slots in them, and closures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Closure, Slot, Term

SLOTS_ON_A_PAGE = 100


@require_safe
@for_staff
def timetable(request: LecturerRequest) -> HttpResponse:
    """One term's slots by weekday, with its closures."""
    today = timezone.localdate()
    terms = list(Term.objects.order_by("-first_day"))
    asked = request.GET.get("term", "")
    term = get_object_or_404(Term, pk=int(asked)) if asked.isdecimal() and len(asked) < 19 else _usual(terms, today)
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "terms": terms,
        "term": term,
        "q": text,
        "page": Paginator(_slots(term, text), SLOTS_ON_A_PAGE).get_page(request.GET.get("page")) if term else None,
        "closures": _closures(term, today),
    }
    return render(request, "office/timetable.html", context)


def _usual(terms: list[Term], today: date) -> Term | None:
    """The term that runs, else the next, else the last."""
    left = [term for term in terms if term.last_day >= today]
    return left[-1] if left else next(iter(terms), None)


def _slots(term: Term, text: str) -> Any:
    rows = Slot.objects.filter(term=term).select_related("course", "room")
    if text:
        rows = rows.filter(
            Q(course__code__icontains=text)
            | Q(course__title__icontains=text)
            | Q(room__name__icontains=text)
            | Q(course__lecturers__name__icontains=text)
        ).distinct()
    ahead = Q(sessions__starts_at__gt=timezone.now(), sessions__is_cancelled=False)
    # In the model's own order, which grouping takes away.
    return rows.annotate(ahead=Count("sessions", filter=ahead, distinct=True)).order_by(
        "weekday", "starts", "course__code", "pk"
    )


def _closures(term: Term | None, today: date) -> list[Closure]:
    """Those of the term; without one, those that are not over."""
    if term is None:
        return list(Closure.objects.filter(last_day__gte=today))
    return list(Closure.objects.filter(last_day__gte=term.first_day, first_day__lte=term.last_day))
