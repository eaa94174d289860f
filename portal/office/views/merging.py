"""Two students who are one person: one of them stands for both from then on, and it is undone as easily."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.readings import note_student
from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import Student
from portal.attendance.numbers import fold_number
from portal.attendance.queries.merging import Side, side_of
from portal.attendance.services.merging import MergeRefused, merge, separate


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def merging(request: LecturerRequest, student_id: int) -> HttpResponse:
    """Ask for the person's other number, show both students, and merge where the form says so."""
    into = get_object_or_404(Student, pk=student_id, merged_into=None)
    number = (request.POST if request.method == "POST" else request.GET).get("number", "").strip()
    other = _student_with(number)
    problem = gettext("No student has the number {number}.").format(number=number) if number and other is None else ""
    if request.method == "POST" and other:
        try:
            decided = merge(other, into)
        except MergeRefused as refused:
            problem = str(refused)
        else:
            messages.success(
                request,
                gettext("{into} stands for {number} too. {decided_words}").format(
                    into=into, number=other.number, decided_words=_decided_words(decided)
                ),
            )
            return redirect("lecturer:student", into.pk)
    sides: list[Side] = [side_of(each) for each in (into, other)] if other and other != into and not problem else []
    for side in sides:
        note_student(request, side.student.pk, str(side.student))
    context = {"into": into, "number": number, "problem": problem, "sides": sides, "merged": into.merged.all()}
    return render(request, "office/merging.html", context, status=422 if problem else 200)


@require_POST
@for_staff
def separating(request: LecturerRequest, student_id: int) -> HttpResponse:
    """Undo it. Done twice it is as done once."""
    student = get_object_or_404(Student.objects.select_related("merged_into"), pk=student_id)
    stood = student.person
    decided = separate(student)
    messages.success(
        request,
        gettext("{student} stands alone again. {decided_words}").format(
            student=student, decided_words=_decided_words(decided)
        ),
    )
    return redirect("office:merging", stood.pk)


def _student_with(number: str) -> Student | None:
    """The student with that number; an old one that breaks the rule is compared as it is."""
    folded = Student.objects.filter(folded_number=fold_number(number)).first()
    return folded or Student.objects.filter(folded_number=None, number=number).first()


def _decided_words(decided: int) -> str:
    if not decided:
        return gettext("No class session knew both.")
    return ngettext(
        "{number} class session knew both and went through the facts again.",
        "{number} class sessions knew both and went through the facts again.",
        decided,
    ).format(number=decided)
