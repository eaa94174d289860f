"""Students: found by number or name, added, renamed, put on rosters and taken off them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.readings import note_student
from portal.accounts.time_zones import institution_day
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.forms import StudentForm
from portal.attendance.models import Course, Mark, RosterEntry, Student
from portal.attendance.queries.galleries import number_warnings, rooms_that_know
from portal.attendance.search import find_students
from portal.attendance.services.rosters import join
from portal.attendance.services.transactions import repeat_transaction
from portal.office.directory_forms import CourseChoiceForm
from portal.office.rosters import follow_edit
from portal.office.saving import save_form

PER_PAGE = 50
GROUPS = {
    "": (_("Studying here"), Q(is_active=True, merged_into=None)),
    "alone": (_("In no course"), Q(is_active=True, merged_into=None, roster_entries=None)),
    "gone": (_("Here no more"), Q(is_active=False)),
    "merged": (_("Merged into another"), Q(merged_into__isnull=False)),
}
CODES_OFFERED = 1000


@require_safe
@for_staff
def students(request: LecturerRequest) -> HttpResponse:
    """A page of the students that the address asks for."""
    text, show = request.GET.get("q", "").strip()[:100], request.GET.get("show", "")
    group = GROUPS.get(show, GROUPS[""])
    found = _with_courses(Student.objects.filter(find_students(text, also=["email"])).filter(group[1]))
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "q": text,
        "show": show,
        "groups": [(name, words) for name, (words, _) in GROUPS.items()],
    }
    return render(request, "office/students.html", context)


def _with_courses(found: QuerySet[Student]) -> QuerySet[Any]:
    """With the number of courses on whose rosters each is today."""
    entries = RosterEntry.objects.filter(student=OuterRef("pk")).order_by()
    current = entries.filter(Q(until=None) | Q(until__gte=timezone.localdate())).values("student")
    return found.select_related("merged_into").annotate(
        course_count=Coalesce(Subquery(current.annotate(number=Count("course", distinct=True)).values("number")), 0)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def add(request: LecturerRequest) -> HttpResponse:
    """A new student."""

    def fill_in() -> StudentForm:
        form = StudentForm(request.POST if request.method == "POST" else None, label_suffix="")
        del form.fields["is_active"]
        return form

    form = save_form(fill_in)
    if not form.is_bound or form.errors:
        return render(request, "office/student.html", {"form": form}, status=422 if form.is_bound else 200)
    student = form.instance
    messages.success(request, gettext("{student} is added.").format(student=student))
    _warn(request, student, None)
    return redirect("office:student", student.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def student(request: LecturerRequest, student_id: int) -> HttpResponse:
    """A student as the office has them; what is changed stands in the trail."""
    found = get_object_or_404(Student.objects.select_related("merged_into"), pk=student_id)
    if request.method != "POST":
        return _page(request, found, StudentForm(instance=found, label_suffix=""))

    form = save_form(lambda: StudentForm(request.POST, instance=Student.objects.get(pk=student_id), label_suffix=""))
    if form.errors:
        return _page(request, found, form)
    messages.success(request, gettext("Saved."))
    if "number" in form.changed_data:
        _warn(request, form.instance, found.number)
    return redirect("office:student", student_id)


@require_POST
@for_staff
def join_course(request: LecturerRequest, student_id: int) -> HttpResponse:
    """Put the student on a course's roster."""
    found = get_object_or_404(Student, pk=student_id)
    form = CourseChoiceForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, found, StudentForm(instance=found, label_suffix=""), form)
    course: Course = form.cleaned_data["course"]
    if repeat_transaction(lambda: join(course, [found], form.cleaned_data["since"])):
        follow_edit(request, course, [found])
        messages.success(
            request, gettext("{student} is on the roster of {code}.").format(student=found, code=course.code)
        )
    else:
        messages.info(
            request, gettext("{student} is on the roster of {code} already.").format(student=found, code=course.code)
        )
    return redirect("office:student", student_id)


@require_POST
@for_staff
def remove(request: LecturerRequest, student_id: int) -> HttpResponse:
    """Remove a student of whom nothing is known yet, as one who was added by mistake."""
    found = get_object_or_404(Student, pk=student_id)
    if not repeat_transaction(lambda: _remove(student_id)):
        messages.warning(
            request,
            gettext("{student} stays: registers speak of this student. Say that they study here no more.").format(
                student=found
            ),
        )
        return redirect("office:student", student_id)
    messages.success(request, gettext("{student} is removed.").format(student=found))
    return redirect("office:students")


def _remove(student_id: int) -> bool:
    """Whether the student is gone. Held, so that no register comes to speak of them meanwhile."""
    found = Student.objects.select_for_update().filter(pk=student_id).first()
    if found and not is_removable(found):
        return False
    if found:
        found.delete()
    return True


def is_removable(found: Student) -> bool:
    """Whether nothing but rosters speaks of the student: no register, camera, excuse, warning or merged number."""
    speaking: list[Any] = [each for each in Student._meta.related_objects if not each.many_to_many]
    return not any(
        each.related_model._base_manager.filter(**{each.field.name: found}).exists()
        for each in speaking
        if each.related_model is not RosterEntry
    )


def _warn(request: LecturerRequest, found: Student, old_number: str | None) -> None:
    for words in number_warnings(found, old_number):
        messages.warning(request, words)


def _page(
    request: LecturerRequest, found: Student, form: StudentForm, joining: CourseChoiceForm | None = None
) -> HttpResponse:
    note_student(request, found.pk, str(found))
    entries = RosterEntry.objects.filter(student=found).select_related("course").order_by("course__code", "since")
    context = {
        "form": form,
        "student": found,
        "entries": entries,
        "joining": joining or CourseChoiceForm(label_suffix="", initial={"since": institution_day()}),
        "course_codes": Course.objects.order_by("code").values_list("code", flat=True)[:CODES_OFFERED],
        "galleries": rooms_that_know(found),
        "merged": found.merged.all(),
        "has_marks": Mark.objects.filter(student=found).exists(),
        "today": timezone.localdate(),
    }
    is_refused = form.is_bound or joining is not None
    return render(request, "office/student.html", context, status=422 if is_refused else 200)
