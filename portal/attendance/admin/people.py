"""Students in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.accounts.readings import note_student
from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayKeep
from portal.attendance.admin.rosters import RosterInline, follow_roster_edit
from portal.attendance.models import (
    Enrolled,
    RosterEntry,
    Student,
)
from portal.attendance.numbers import find_fault, fold_number
from portal.attendance.search import find_students
from portal.web.stale_forms import FreshForm


class CoursesOfStudent(RosterInline):
    """The rosters that a student is on."""

    verbose_name, verbose_name_plural = "course", "courses"
    fields = ("course", "since", "until", "shown")
    autocomplete_fields = ("course",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).order_by("course__code", "since")


class StudentForm(FreshForm):
    """A student; an old number that breaks the rule may stay as it is."""

    class Meta:
        model = Student
        fields = ["number", "full_name", "email", "tutor_email", "is_active"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.old_number = self.instance.number if self.instance.pk and self.instance.is_old_number() else None
        if self.old_number is not None:
            fault = find_fault(self.old_number) or "another student's number differs from it in case alone"
            self.fields["number"].help_text += f" This one was kept from before that rule: {fault}."
            self.fields["number"].validators = [self._spare_old(check) for check in self.fields["number"].validators]

    def _spare_old(self, check: Any) -> Any:
        return lambda number: None if number == self.old_number else check(number)

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        is_kept = self.old_number is not None and self.cleaned_data.get("number") == self.old_number
        return excluded | {"number"} if is_kept else excluded


class NumberFilter(admin.SimpleListFilter):
    """Students whose number the gallery and the portal may not be able to match."""

    title = "number"
    parameter_name = "number_rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("broken", "Breaks the rule")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Student]) -> QuerySet[Student]:
        return queryset.filter(folded_number=None) if self.value() == "broken" else queryset


@admin.register(Student)
class StudentAdmin(StaffMayKeep, admin.ModelAdmin):
    form = StudentForm
    list_display = ("number", "full_name", "email", "is_active", "course_count", "number_fault")
    list_display_links = ("number", "full_name")
    list_filter = ("is_active", NumberFilter, ("courses", admin.RelatedOnlyFieldListFilter))
    search_fields = ("number",)
    search_help_text = "Number, name or e-mail address"
    inlines = (CoursesOfStudent,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Student]:
        return super().get_queryset(request).annotate(course_count=count_rows(RosterEntry.objects.all(), "student"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Student], search_term: str
    ) -> tuple[QuerySet[Student], bool]:
        return queryset.filter(find_students(search_term, also=["email"])), False

    @admin.display(description="courses", ordering="course_count")
    def course_count(self, student: Any) -> int:
        return int(student.course_count)

    @admin.display(description="what is wrong with the number")
    def number_fault(self, student: Student) -> str:
        """Nothing for a number that keeps the rule."""
        if student.folded_number is not None:
            return ""
        return find_fault(student.number) or "another student's number differs from it in case alone"

    def save_model(self, request: HttpRequest, obj: Student, form: Any, change: bool) -> None:
        """Warn where a new number needs more than its change here: in a gallery, or in folders of photos."""
        super().save_model(request, obj, form, change)
        if "number" not in form.changed_data:
            return
        if change:
            self._warn_of_galleries(request, obj, form.initial["number"])
        if other := obj.others_in_folder().first():
            messages.warning(
                request,
                f"Photos cannot tell {obj.number} from the number of {other}: a folder's name has “_” for “/”, and so "
                "fits both. recognizer encode refuses such a folder. Change one of the numbers.",
            )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Student | None:
        """Whoever looks at a student stands in the readings: all pages of one student ask for it here."""
        student = super().get_object(request, object_id, from_field)
        if student is not None:
            note_student(request, student.pk, str(student))
        return student

    def _warn_of_galleries(self, request: HttpRequest, student: Student, old_number: str) -> None:
        """A gallery knows the number alone, and only its own machine can change it there."""
        known_in = Enrolled.objects.filter(student=student, removed_at=None).order_by("room__name")
        rooms = list(known_in.values_list("room__name", flat=True).distinct())
        if rooms and fold_number(old_number) != fold_number(student.number):
            messages.warning(
                request,
                f"The gallery knows this student as {old_number} in: {', '.join(rooms)}. No camera can name them until "
                f"“recognizer gallery rename {old_number} {student.number}” is run on the machines there.",
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        follow_roster_edit(request, formsets)
