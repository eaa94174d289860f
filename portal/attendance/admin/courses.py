"""Courses and their rosters in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayAdd, StaffMayKeep, StaffMayRead
from portal.attendance.admin.rosters import RosterInline, change_held_sessions, follow_roster_edit
from portal.attendance.admin.timetable import register_words, when_words
from portal.attendance.forms import CourseForm, SessionForm
from portal.attendance.models import (
    ClassSession,
    Course,
    RosterEntry,
)
from portal.attendance.rule_offers import offer_held_sessions


class RosterOfCourse(RosterInline):
    """Who is on the course's roster, and on which days."""

    verbose_name, verbose_name_plural = "student", "roster"
    fields = ("student", "since", "until", "shown")
    autocomplete_fields = ("student",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).order_by("student__plain_name", "student__number", "since")


class SessionsOfCourse(StaffMayRead, admin.TabularInline):
    """The course's class sessions, in the time of their rooms; each has its own page to change it."""

    model = ClassSession
    verbose_name_plural = _("class sessions")
    fields = ("when", "room", "late_after_minutes", "register", "page")
    readonly_fields = ("when", "register", "page")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        return super().get_queryset(request).select_related("course", "room")

    @admin.display(description=_("when"))
    def when(self, session: ClassSession) -> str:
        return when_words(session)

    @admin.display(description=_("register"))
    def register(self, session: ClassSession) -> str:
        return register_words(session)

    @admin.display(description="")
    def page(self, session: ClassSession) -> str:
        """The way to the page where the class session is changed."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:attendance_classsession_change", args=[session.pk]), gettext("Change")
        )


class NewSessionsOfCourse(StaffMayAdd, admin.TabularInline):
    """Rows for class sessions to be added."""

    model = ClassSession
    form = SessionForm
    verbose_name, verbose_name_plural = _("class session"), _("add class sessions")
    fields = ("room", "starts_at", "ends_at", "late_after_minutes")
    autocomplete_fields = ("room",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        return super().get_queryset(request).none()


@admin.register(Course)
class CourseAdmin(StaffMayKeep, admin.ModelAdmin):
    form = CourseForm
    list_display = ("code", "title", "taught_by", "student_count", "session_count")
    list_display_links = ("code", "title")
    list_filter = ("department", ("lecturers", admin.RelatedOnlyFieldListFilter))
    search_fields = ("code", "title", "lecturers__name", "lecturers__email")
    search_help_text = _("Code, title or lecturer")
    filter_horizontal = ("lecturers", "assistants")
    fieldsets = (
        (None, {"fields": ("code", "title", "department", "least_coverage_percent", "shown")}),
        (_("People"), {"fields": ("lecturers", "assistants")}),
        (
            _("Roster"),
            {
                "fields": ("numbers", "since"),
                "description": _(
                    "Registers that are closed never change by themselves: after saving you are offered to "
                    "change them too. If you delete a membership below in which a class was held, it is kept and ends "
                    "yesterday; without one it is removed."
                ),
            },
        ),
    )
    inlines = (RosterOfCourse, SessionsOfCourse, NewSessionsOfCourse)

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

    @admin.display(description=_("lecturers"))
    def taught_by(self, course: Course) -> str:
        return ", ".join(str(lecturer) for lecturer in course.lecturers.all())

    @admin.display(description=_("students"), ordering="student_count")
    def student_count(self, course: Any) -> int:
        return int(course.student_count)

    @admin.display(description=_("class sessions"), ordering="session_count")
    def session_count(self, course: Any) -> int:
        return int(course.session_count)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Inlines first: a student both picked and pasted is one student."""
        super().save_related(request, form, formsets, change)
        joined = form.enrol()
        if form.cleaned_data["numbers"]:
            messages.success(request, gettext("Students put on the roster: {number}.").format(number=len(joined)))
        if form.passed_over:
            messages.info(request, form.passed_over)
        follow_roster_edit(request, formsets, joined)

    def get_urls(self) -> list[Any]:
        held = path(
            "<int:course_id>/held/", self.admin_site.admin_view(self.change_held), name="attendance_course_held"
        )
        return [held, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Course, form: Any, change: bool) -> None:
        """Another share of coverage is offered to closed registers."""
        super().save_model(request, obj, form, change)
        if change and "least_coverage_percent" in form.changed_data:
            offer_held_sessions(request, obj)

    def change_held(self, request: HttpRequest, course_id: int) -> HttpResponse:
        """The page that offers to bring the roster into closed registers."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return change_held_sessions(request, course_id, self.admin_site.each_context(request))
