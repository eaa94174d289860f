"""Rosters in the admin: memberships with days, and what an edit of them means for registers that are closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from portal.attendance.admin.rights import StaffMayAdd
from portal.attendance.models import Course, RosterEntry, Student
from portal.attendance.services.rosters import (
    apply_roster_to_held_sessions,
    decide_open_registers,
    end_membership,
    held_sessions_to_change,
    hold_students,
)
from portal.web.stale_forms import FreshForm, FreshFormSet

EDITED = "roster-edit"
"""Under this key and the course's the visitor's session keeps whom the last edit concerned."""


class ShownText(forms.Widget):
    """Text in a form: a select for every row of a roster would ask the database once a row."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html("<span>{}</span>", value)


class RosterForm(FreshForm):
    """One membership. Who it is of is chosen once; its days may change."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in {"student", "course"} & self.fields.keys() if self.instance.pk else ():
            shown = forms.Field(disabled=True, required=False, widget=ShownText)
            shown.initial = getattr(self.instance, name)
            self.fields[name], self.initial[name] = shown, shown.initial

    def clean(self) -> dict[str, Any] | None:
        """Hold the student: until this is saved nobody else puts them on a roster."""
        values = super().clean()
        student = self.cleaned_data.get("student")
        hold_students([student.pk if student else self.instance.student_id])
        return values

    def full_clean(self) -> None:
        """Ask the database about changed rows alone: a roster has hundreds of others."""
        if self.instance.pk and self.is_bound and not self.has_changed():
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        super().full_clean()


class RosterFormSet(FreshFormSet):
    """The memberships on a page. Taking one away ends it where classes were held in it."""

    kept: int = 0
    """How many memberships that were to be deleted ended yesterday instead."""

    def delete_existing(self, obj: RosterEntry, commit: bool = True) -> None:
        if commit:
            self.kept += end_membership(obj, timezone.localdate())

    def clean(self) -> None:
        """Refuse two memberships of the same student on the same day where both are new or changed."""
        super().clean()
        rows = [form.instance for form in self.forms if form.cleaned_data and form not in self.deleted_forms]
        for index, one in enumerate(rows):
            for other in rows[:index]:
                is_same = (one.course_id, one.student_id) == (other.course_id, other.student_id)
                if is_same and one.overlaps(other):
                    raise forms.ValidationError(
                        gettext("{student} is on the roster twice on some of these days.").format(student=one.student)
                    )


class RosterInline(StaffMayAdd, admin.TabularInline):
    """Memberships under a course or a student."""

    model = RosterEntry
    form, formset = RosterForm, RosterFormSet
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("course", "student")


def follow_roster_edit(request: HttpRequest, formsets: Iterable[Any], joined: Iterable[RosterEntry] = ()) -> None:
    """After memberships were saved: decide open registers, and offer to change those that are closed."""
    entries = list(joined)
    for formset in formsets:
        if isinstance(formset, RosterFormSet):
            entries += [
                *formset.new_objects,
                *(entry for entry, _ in formset.changed_objects),
                *formset.deleted_objects,
            ]
            if formset.kept:
                messages.info(
                    request,
                    gettext("Memberships that end yesterday, since classes were held: {number}.").format(
                        number=formset.kept
                    ),
                )
    students: dict[Course, list[Student]] = defaultdict(list)
    for entry in entries:
        students[entry.course].append(entry.student)
    decide_open_registers(students)
    for course, concerned in students.items():
        if held := held_sessions_to_change(course, concerned):
            request.session[f"{EDITED}-{course.pk}"] = [student.pk for student in concerned]
            offer = gettext(
                '{} keeps the registers that are closed. <a href="{}">Change {} of them too</a>, by the new roster.'
            )
            address = reverse("admin:attendance_course_held", args=[course.pk])
            messages.warning(request, format_html(offer, course.code, address, len(held)))


def change_held_sessions(request: HttpRequest, course_id: int, context: dict[str, Any]) -> HttpResponse:
    """The page that says which closed registers the last edit of a roster would change, and changes them by POST."""
    course = get_object_or_404(Course, pk=course_id)
    students = list(Student.objects.filter(pk__in=request.session.get(f"{EDITED}-{course.pk}", [])))
    back = redirect("admin:attendance_course_change", course.pk)
    if request.method == "POST":
        number = apply_roster_to_held_sessions(course, students)
        request.session.pop(f"{EDITED}-{course.pk}", None)
        messages.success(
            request, gettext("Closed registers changed by the new roster: {number}.").format(number=number)
        )
        return back
    held = held_sessions_to_change(course, students)
    if not held:
        messages.info(request, gettext("The closed registers say what the roster says."))
        return back
    context |= {"course": course, "students": students, "held": held, "title": gettext("Change closed registers too")}
    return render(request, "admin/attendance/course/held.html", context)
