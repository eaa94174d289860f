"""Rooms and class sessions in the admin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayKeep, StaffMayRead
from portal.attendance.models import (
    CameraStatus,
    ClassSession,
    Mark,
    Room,
)


class CamerasOfRoom(StaffMayRead, admin.TabularInline):
    """The room's cameras as they last spoke."""

    model = CameraStatus
    verbose_name_plural = "cameras"
    fields = ("camera_name", "state", "last_frame_at", "reported_at")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[CameraStatus]:
        return super().get_queryset(request).select_related("room")


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
                camera_count=count_rows(CameraStatus.objects.all(), "room"),
                session_count=count_rows(ClassSession.objects.all(), "room"),
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
        return super().get_queryset(request).annotate(mark_count=count_rows(Mark.objects.all(), "session"))

    @admin.display(description="marks", ordering="mark_count")
    def mark_count(self, session: Any) -> int:
        return int(session.mark_count)
