"""Departments in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayKeep
from portal.attendance.models import Course, Department
from portal.web.lines import NamedForm


@admin.register(Department)
class DepartmentAdmin(StaffMayKeep, admin.ModelAdmin):
    """A department, and who reads all of its courses."""

    form = NamedForm
    list_display = ("name", "course_count")
    search_fields = ("name",)
    filter_horizontal = ("viewers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        return super().get_queryset(request).annotate(course_count=count_rows(Course.objects.all(), "department"))

    @admin.display(description=_("courses"), ordering="course_count")
    def course_count(self, department: Any) -> int:
        return int(department.course_count)
