"""Courses and their rosters in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.forms import CourseForm
from portal.attendance.admin.rights import StaffMayAdd, StaffMayKeep
from portal.attendance.models import (
    ClassSession,
    Course,
    RosterEntry,
)


class RosterOfCourse(StaffMayAdd, admin.TabularInline):
    """Who is on the course's roster."""

    model = RosterEntry
    verbose_name, verbose_name_plural = "student", "roster"
    autocomplete_fields = ("student",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).select_related("course", "student").order_by("student__full_name")


class SessionsOfCourse(StaffMayAdd, admin.TabularInline):
    """The course's class sessions; each has its own page to change it."""

    model = ClassSession
    verbose_name_plural = "class sessions"
    fields = ("room", "starts_at", "ends_at", "late_after_minutes", "is_cancelled", "page")
    readonly_fields = ("page",)
    autocomplete_fields = ("room",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        return super().get_queryset(request).select_related("course", "room")

    @admin.display(description="")
    def page(self, session: ClassSession) -> str:
        """The way to the page where the class session is changed; nothing in the row of a new one."""
        if not session.pk:
            return ""
        return format_html(
            '<a href="{}">Change</a>', reverse("admin:attendance_classsession_change", args=[session.pk])
        )


@admin.register(Course)
class CourseAdmin(StaffMayKeep, admin.ModelAdmin):
    form = CourseForm
    list_display = ("code", "title", "taught_by", "student_count", "session_count")
    list_display_links = ("code", "title")
    list_filter = (("lecturers", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("code", "title", "lecturers__name", "lecturers__email")
    search_help_text = "Code, title or lecturer"
    filter_horizontal = ("lecturers",)
    fields = ("code", "title", "lecturers", "numbers")
    inlines = (RosterOfCourse, SessionsOfCourse)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        return (
            super()
            .get_queryset(request)
            .prefetch_related("lecturers")
            .annotate(
                student_count=count_rows(RosterEntry.objects.all(), "course"),
                session_count=count_rows(ClassSession.objects.all(), "course"),
            )
        )

    @admin.display(description="lecturers")
    def taught_by(self, course: Course) -> str:
        return ", ".join(str(lecturer) for lecturer in course.lecturers.all())

    @admin.display(description="students", ordering="student_count")
    def student_count(self, course: Any) -> int:
        return int(course.student_count)

    @admin.display(description="class sessions", ordering="session_count")
    def session_count(self, course: Any) -> int:
        return int(course.session_count)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Inlines first: a student both picked and pasted is one student."""
        super().save_related(request, form, formsets, change)
        if form.cleaned_data["numbers"]:
            messages.success(request, f"Students put on the roster: {form.enrol()}.")
