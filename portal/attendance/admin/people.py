"""Students in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayAdd, StaffMayKeep
from portal.attendance.models import (
    RosterEntry,
    Student,
)
from portal.attendance.search import find_students


class CoursesOfStudent(StaffMayAdd, admin.TabularInline):
    """The rosters that a student is on."""

    model = RosterEntry
    verbose_name, verbose_name_plural = "course", "courses"
    autocomplete_fields = ("course",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).select_related("course", "student").order_by("course__code")


@admin.register(Student)
class StudentAdmin(StaffMayKeep, admin.ModelAdmin):
    list_display = ("number", "full_name", "email", "is_active", "course_count")
    list_display_links = ("number", "full_name")
    list_filter = ("is_active", ("courses", admin.RelatedOnlyFieldListFilter))
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
