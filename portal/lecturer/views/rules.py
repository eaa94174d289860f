"""The rules of courses and of the institution: what a change does to the figures is shown before it is saved."""

from __future__ import annotations

import time
from hashlib import sha256

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from portal.attendance.access import LecturerRequest, Right, course_or_404, courses_of, for_staff
from portal.attendance.models import Course, CourseRules
from portal.attendance.percentages import NO_EFFECT, Effect, Rules, combine, compare
from portal.attendance.queries.percentages import counts_in
from portal.attendance.queries.rules import rows_of
from portal.attendance.services.tasks import ask
from portal.attendance.services.warnings import evaluate_course
from portal.lecturer.rules_forms import RulesForm

MOST_COURSES = 100
"""Listed at once; others are found by code or title."""

AT_ONCE = 100
MOST_SECONDS = 5.0
"""So many courses are counted by one query, and for so long, to show what a rule of the institution does."""


@gzip_page
@require_safe
def rules(request: LecturerRequest) -> HttpResponse:
    """The courses whose rules the person may change."""
    found = courses_of(request.user, Right.TEACH)
    if not request.user.is_staff and not found.exists():
        raise Http404("no course")
    text = request.GET.get("q", "").strip()[:200]
    if text:
        found = found.filter(Q(code__icontains=text) | Q(title__icontains=text))
    courses = list(found.order_by("code")[: MOST_COURSES + 1])
    context = {"courses": courses[:MOST_COURSES], "q": text, "is_all": len(courses) <= MOST_COURSES}
    return render(request, "lecturer/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course(request: LecturerRequest, course_id: int) -> HttpResponse:
    """The rules of one course, which its lecturers and staff may change."""
    return _page(request, course_or_404(request.user, course_id, Right.TEACH))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def institution(request: LecturerRequest) -> HttpResponse:
    """The rules of every course that has none of its own."""
    return _page(request, None)


def _page(request: LecturerRequest, course: Course | None) -> HttpResponse:
    """The form; once it was filled in, what it does; once that was seen, the form again, with the rules that hold."""
    general, own = rows_of(course.pk if course else None)
    row = (own if course else general) or CourseRules(course=course, is_institution=None if course else True)
    before = combine(general, own) if course else combine(general)
    stood = _values(row)
    usual, whose = (combine(general), gettext("Institution")) if course else (Rules(), gettext("Rollcall"))
    form = RulesForm(usual, whose, request.POST if request.method == "POST" else None, row)
    context = {"course": course, "form": form}
    if not form.is_bound or not form.is_valid():
        return render(request, "lecturer/course_rules.html", context, status=422 if form.is_bound else 200)
    seen = sha256(repr((before, stood, _values(row))).encode()).hexdigest()
    if request.POST.get("seen") == seen:
        _save(row)
        if course:
            evaluate_course(course)
        else:
            ask("warnings.courses", request.user, Course.objects.count())
        words = gettext("Rules of {course} are saved.") if course else gettext("Rules of the institution are saved.")
        messages.success(request, words.format(course=course.code if course else ""))
        return redirect(request.path)
    effect, is_all = _effect(course, before, combine(general, row) if course else combine(row))
    return render(request, "lecturer/course_rules.html", context | {"seen": seen, "effect": effect, "is_all": is_all})


def _values(row: CourseRules) -> list[object]:
    return [getattr(row, name) for name in CourseRules.RULES]


@transaction.atomic
def _save(wanted: CourseRules) -> None:
    """A new row begins empty, so that the trail has each rule that it sets."""
    row, _ = CourseRules.objects.select_for_update().get_or_create(
        course=wanted.course, is_institution=wanted.is_institution
    )
    for name in CourseRules.RULES:
        setattr(row, name, getattr(wanted, name))
    row.save(update_fields=CourseRules.RULES)


def _effect(course: Course | None, before: Rules, after: Rules) -> tuple[Effect, bool]:
    """What the change does in one course or in all, and whether there was the time to look through all of them."""
    now, until = timezone.now(), time.monotonic() + MOST_SECONDS
    if course:
        students = counts_in([course.pk], now).get(course.pk, [])
        return compare(before, after, students), True
    own = {row.course_id: row for row in CourseRules.objects.filter(course__isnull=False)}
    keys = list(Course.objects.order_by("pk").values_list("pk", flat=True))
    total = NO_EFFECT
    for first in range(0, len(keys), AT_ONCE):
        if time.monotonic() > until:
            return total, False
        for key, students in counts_in(keys[first : first + AT_ONCE], now).items():
            row = own.get(key)
            total += compare(_over(before, row), _over(after, row), students)
    return total, True


def _over(general: Rules, row: CourseRules | None) -> Rules:
    return combine(row, usual=general)
