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
from portal.attendance.search import find_students


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
    search_fields = ("student__number",)
    search_help_text = "Student's number or name, or the course's code"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mark], search_term: str
    ) -> tuple[QuerySet[Mark], bool]:
        return queryset.filter(find_students(search_term, "student__", also=["session__course__code"])), False

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
    list_select_related = ("changed_by", "student", "session__course")
    search_fields = ("student__number",)
    search_help_text = "Student's number or name, who changed it, or the reason"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MarkChange], search_term: str
    ) -> tuple[QuerySet[MarkChange], bool]:
        found = find_students(search_term, "student__", also=["changed_by__name", "reason"])
        return queryset.filter(found), False

    @admin.display(ordering=F("session__course__code"))
    def course(self, change: MarkChange) -> str:
        return change.session.course.code
