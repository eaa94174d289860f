"""Marks and their history in the admin."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.models import (
    Mark,
    MarkChange,
)


class ChangesOfMark(StaffMayRead, admin.TabularInline):
    """Every correction of a mark, the latest first."""

    model = MarkChange
    fields = ("changed_at", "changed_by", "from_status", "to_status", "reason")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[MarkChange]:
        return super().get_queryset(request).select_related("changed_by", "mark")


@admin.register(Mark)
class MarkAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("student", "course", "starts_at", "status", "source")
    list_filter = (
        "status",
        "source",
        ("session__starts_at", admin.DateFieldListFilter),
        ("session__course", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("student", "session__course")
    search_fields = ("student__number", "student__full_name", "session__course__code")
    search_help_text = "Student's number or name, or the course's code"
    inlines = (ChangesOfMark,)

    @admin.display(ordering="session__course__code")
    def course(self, mark: Mark) -> str:
        return mark.session.course.code

    @admin.display(description="class session", ordering="session__starts_at")
    def starts_at(self, mark: Mark) -> datetime:
        return mark.session.starts_at


@admin.register(MarkChange)
class MarkChangeAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("changed_at", "changed_by", "student", "course", "from_status", "to_status", "reason")
    list_filter = ("to_status", ("changed_at", admin.DateFieldListFilter))
    list_select_related = ("changed_by", "mark__student", "mark__session__course")
    search_fields = ("mark__student__number", "mark__student__full_name", "changed_by__name", "reason")
    search_help_text = "Student's number or name, who changed it, or the reason"

    @admin.display(ordering=F("mark__student__full_name"))
    def student(self, change: MarkChange) -> str:
        return str(change.mark.student)

    @admin.display(ordering=F("mark__session__course__code"))
    def course(self, change: MarkChange) -> str:
        return change.mark.session.course.code
