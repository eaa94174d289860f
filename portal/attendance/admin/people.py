"""Students in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts.readings import note_student
from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayKeep
from portal.attendance.admin.rosters import RosterInline, follow_roster_edit
from portal.attendance.forms import StudentForm
from portal.attendance.models import RosterEntry, Student
from portal.attendance.numbers import find_fault
from portal.attendance.queries.galleries import number_warnings
from portal.attendance.search import find_students


class CoursesOfStudent(RosterInline):
    """The rosters that a student is on."""

    verbose_name, verbose_name_plural = "course", "courses"
    fields = ("course", "since", "until", "shown")
    autocomplete_fields = ("course",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).order_by("course__code", "since")


class NumberFilter(admin.SimpleListFilter):
    """Students whose number the gallery and the portal may not be able to match."""

    title = _("number")
    parameter_name = "number_rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("broken", gettext("Breaks the rule"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Student]) -> QuerySet[Student]:
        return queryset.filter(folded_number=None) if self.value() == "broken" else queryset


@admin.register(Student)
class StudentAdmin(StaffMayKeep, admin.ModelAdmin):
    form = StudentForm
    list_display = ("number", "full_name", "email", "is_active", "course_count", "number_fault")
    list_display_links = ("number", "full_name")
    list_filter = ("is_active", NumberFilter, ("courses", admin.RelatedOnlyFieldListFilter))
    search_fields = ("number",)
    search_help_text = _("Number, name or e-mail address")
    inlines = (CoursesOfStudent,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Student]:
        return super().get_queryset(request).annotate(course_count=count_rows(RosterEntry.objects.all(), "student"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Student], search_term: str
    ) -> tuple[QuerySet[Student], bool]:
        return queryset.filter(find_students(search_term, also=["email"])), False

    @admin.display(description=_("courses"), ordering="course_count")
    def course_count(self, student: Any) -> int:
        return int(student.course_count)

    @admin.display(description=_("what is wrong with the number"))
    def number_fault(self, student: Student) -> str:
        """Nothing for a number that keeps the rule."""
        if student.folded_number is not None:
            return ""
        return find_fault(student.number) or gettext("another student's number differs from it in case alone")

    def save_model(self, request: HttpRequest, obj: Student, form: Any, change: bool) -> None:
        """Warn where a new number needs more than its change here: in a gallery, or in folders of photos."""
        super().save_model(request, obj, form, change)
        if "number" in form.changed_data:
            for words in number_warnings(obj, form.initial["number"] if change else None):
                messages.warning(request, words)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Student | None:
        """Whoever looks at a student stands in the readings: all pages of one student ask for it here."""
        student = super().get_object(request, object_id, from_field)
        if student is not None:
            note_student(request, student.pk, str(student))
        return student

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        follow_roster_edit(request, formsets)
