"""The admin of class attendance: staff keep students, courses, rosters, rooms and class sessions.

Marks can be read here and nowhere changed: a correction goes through the register, which writes down who made it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from portal.attendance.admin_forms import CourseForm
from portal.attendance.admin_rights import StaffMayAdd, StaffMayKeep, StaffMayRead
from portal.attendance.models import (
    CameraStatus,
    ClassSession,
    Course,
    Mark,
    MarkChange,
    Room,
    RosterEntry,
    Student,
)


def _count(rows: QuerySet[Any], key: str) -> Coalesce:
    """How many rows point at the outer object by ``key``, as one sub-query: joins would multiply each other."""
    counted = rows.order_by().filter(**{key: OuterRef("pk")}).values(key).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


class RosterOfCourse(StaffMayAdd, admin.TabularInline):
    """Who is on the course's roster."""

    model = RosterEntry
    verbose_name, verbose_name_plural = "student", "roster"
    autocomplete_fields = ("student",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).select_related("course", "student").order_by("student__full_name")


class CoursesOfStudent(StaffMayAdd, admin.TabularInline):
    """The rosters that a student is on."""

    model = RosterEntry
    verbose_name, verbose_name_plural = "course", "courses"
    autocomplete_fields = ("course",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[RosterEntry]:
        return super().get_queryset(request).select_related("course", "student").order_by("course__code")


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


class CamerasOfRoom(StaffMayRead, admin.TabularInline):
    """The room's cameras as they last spoke."""

    model = CameraStatus
    verbose_name_plural = "cameras"
    fields = ("camera_name", "state", "last_frame_at", "reported_at")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[CameraStatus]:
        return super().get_queryset(request).select_related("room")


class ChangesOfMark(StaffMayRead, admin.TabularInline):
    """Every correction of a mark, the latest first."""

    model = MarkChange
    fields = ("changed_at", "changed_by", "from_status", "to_status", "reason")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[MarkChange]:
        return super().get_queryset(request).select_related("changed_by", "mark")


@admin.register(Student)
class StudentAdmin(StaffMayKeep, admin.ModelAdmin):
    list_display = ("number", "full_name", "email", "is_active", "course_count")
    list_display_links = ("number", "full_name")
    list_filter = ("is_active", ("courses", admin.RelatedOnlyFieldListFilter))
    search_fields = ("number", "full_name", "email")
    search_help_text = "Number, name or e-mail address"
    inlines = (CoursesOfStudent,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Student]:
        return super().get_queryset(request).annotate(course_count=_count(RosterEntry.objects.all(), "student"))

    @admin.display(description="courses", ordering="course_count")
    def course_count(self, student: Any) -> int:
        return int(student.course_count)


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
                student_count=_count(RosterEntry.objects.all(), "course"),
                session_count=_count(ClassSession.objects.all(), "course"),
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


@admin.register(Room)
class RoomAdmin(StaffMayKeep, admin.ModelAdmin):
    list_display = ("name", "camera_count", "session_count")
    search_fields = ("name",)
    inlines = (CamerasOfRoom,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                camera_count=_count(CameraStatus.objects.all(), "room"),
                session_count=_count(ClassSession.objects.all(), "room"),
            )
        )

    @admin.display(description="cameras", ordering="camera_count")
    def camera_count(self, room: Any) -> int:
        return int(room.camera_count)

    @admin.display(description="class sessions", ordering="session_count")
    def session_count(self, room: Any) -> int:
        return int(room.session_count)


class WhenFilter(admin.SimpleListFilter):
    """Class sessions by when they are. Ranges are computed here: MariaDB may know no time zones."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "Running now"), ("today", "Today"), ("week", "Next 7 days"), ("past", "Past")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ClassSession]) -> QuerySet[ClassSession]:
        now = timezone.now()
        today = _start_of_day(timezone.localtime(now))
        chosen = {
            "now": {"starts_at__lte": now, "ends_at__gt": now},
            "today": {"starts_at__gte": today, "starts_at__lt": _start_of_day(today + timedelta(hours=36))},
            "week": {"starts_at__gte": now, "starts_at__lt": now + timedelta(days=7)},
            "past": {"ends_at__lte": now},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


def _start_of_day(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


@admin.register(ClassSession)
class ClassSessionAdmin(StaffMayKeep, admin.ModelAdmin):
    list_display = ("starts_at", "ends_at", "course", "room", "is_cancelled", "mark_count")
    list_filter = (WhenFilter, "is_cancelled", ("room", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("course", "room")
    search_fields = ("course__code", "course__title", "room__name")
    search_help_text = "Course or room"
    autocomplete_fields = ("course", "room")
    save_as = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        return super().get_queryset(request).annotate(mark_count=_count(Mark.objects.all(), "session"))

    @admin.display(description="marks", ordering="mark_count")
    def mark_count(self, session: Any) -> int:
        return int(session.mark_count)


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


@admin.register(CameraStatus)
class CameraStatusAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("room", "camera_name", "state", "last_frame_at", "reported_at", "outbox_depth", "gallery_size")
    list_filter = ("state", ("room", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("room",)
    search_fields = ("room__name", "camera_name")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A camera that was taken down leaves its row behind; one that runs writes it again."""
        return self.has_module_permission(request)
