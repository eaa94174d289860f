"""A course over a term: who was in which class session, and who is below the threshold."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, course_or_404, courses_of
from portal.attendance.queries.course import Grid, GridRow, grid_of
from portal.attendance.search import is_found

BELOW = "below"


# What is compressed holds no secret beside what the asker chooses: the form's token is masked anew in each answer.
@gzip_page
@require_safe
def course(request: LecturerRequest, course_id: int) -> HttpResponse:
    """The grid of a course, or of those of its students that the address asks for."""
    found = course_or_404(request.user, course_id, Right.READ)
    grid = grid_of(found, timezone.now())
    text, show = request.GET.get("q", "").strip()[:200], request.GET.get("show", "")
    context = {
        "course": found,
        "grid": grid,
        "shown": replace(grid, rows=_pick(grid, text, show)),
        "q": text,
        "show": show,
        "may_teach": courses_of(request.user, Right.TEACH).filter(pk=found.pk).exists(),
    }
    return render(request, "lecturer/course.html", context)


def _pick(grid: Grid, text: str, show: str) -> list[GridRow]:
    return [row for row in grid.rows if (show != BELOW or row.figures.is_below) and is_found(row.student, text)]
