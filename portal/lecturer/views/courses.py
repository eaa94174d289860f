"""The courses that somebody may see: their own, those of their departments, all for staff."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, Right, courses_of
from portal.attendance.models import Course, RosterEntry

PER_PAGE = 50


@require_safe
def courses(request: LecturerRequest) -> HttpResponse:
    """A page of the courses that the address asks for."""
    text = request.GET.get("q", "").strip()[:100]
    found = _with_students(courses_of(request.user, Right.READ).filter(_words(text)))
    page = Paginator(found.order_by("code"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "lecturer/courses.html", {"page": page, "q": text})


def _words(text: str) -> Q:
    """Every word is part of the code, the title, the department or the name of who teaches it."""
    found, teaching = Q(), Course.lecturers.through.objects.filter(course=OuterRef("pk"))
    for word in text.split():
        found &= (
            Q(code__icontains=word)
            | Q(title__icontains=word)
            | Q(department__name__icontains=word)
            | Q(Exists(teaching.filter(account__name__icontains=word)))
        )
    return found


def _with_students(found: QuerySet[Course]) -> QuerySet[Any]:
    """With department and lecturers, and how many students are on the roster today."""
    current = RosterEntry.objects.on(timezone.localdate()).filter(course=OuterRef("pk")).order_by().values("course")
    return (
        found.select_related("department")
        .prefetch_related("lecturers")
        .annotate(student_count=Coalesce(Subquery(current.annotate(number=Count("pk")).values("number")), 0))
    )
