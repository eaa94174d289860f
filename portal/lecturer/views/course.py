"""A course over a term: who was in which class session, and who is below the threshold."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, course_or_404, may_teach
from portal.attendance.models import Term
from portal.attendance.queries.course import Grid, GridRow, grid_of, terms_of
from portal.attendance.search import is_found
from portal.lecturer.grid_texts import GridTexts

BELOW = "below"


# What is compressed holds no secret beside what the asker chooses: the form's token is masked anew in each answer.
@gzip_page
@require_safe
def course(request: LecturerRequest, course_id: int) -> HttpResponse:
    """The grid of a course, or of those of its students that the address asks for."""
    found = course_or_404(request.user, course_id, Right.READ)
    now = timezone.now()
    terms = terms_of(found, now)
    term = term_asked_for(request, terms)
    grid = grid_of(found, now, term)
    text, show = request.GET.get("q", "").strip()[:200], request.GET.get("show", "")
    shown = _pick(grid, text, show)
    texts = GridTexts()
    context = {
        "course": found,
        "grid": grid,
        "heads": map(texts.head, grid.columns),
        "terms": terms if len(terms) > 1 else [],
        "term": term,
        "shown": shown,
        "rows": map(texts.of, shown),
        "q": text,
        "show": show,
        "may_teach": may_teach(request.user, found),
    }
    return render(request, "lecturer/course.html", context)


def term_asked_for(request: LecturerRequest, terms: Sequence[Term]) -> Term | None:
    """The one of the terms that the address names; None where it names none: the one that runs."""
    return next((each for each in terms if str(each.pk) == request.GET.get("term")), None)


def _pick(grid: Grid, text: str, show: str) -> list[GridRow]:
    return [row for row in grid.rows if (show != BELOW or row.figures.is_below) and is_found(row.student, text)]
