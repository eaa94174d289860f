"""Rooms and class sessions in the admin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.admin.counts import count_rows
from portal.attendance.admin.rights import StaffMayKeep, StaffMayRead
from portal.attendance.admin.sight import state_words
from portal.attendance.forms import RoomCameraForm, RoomForm, SessionForm
from portal.attendance.models import (
    CameraStatus,
    ClassSession,
    Mark,
    Room,
    RoomCamera,
)
from portal.attendance.rule_offers import offer_held_sessions
from portal.attendance.services.room_zones import change_zone
from portal.attendance.services.timetable import change_session


def when_words(session: ClassSession) -> str:
    """The class session's times in its room's zone, which is named."""
    zone = session.room.zone
    start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return f"{start:%a %Y-%m-%d %H:%M}–{end:%H:%M} {zone.key}"


def register_words(session: ClassSession) -> str:
    """How the taking of the register stands."""
    if session.is_cancelled:
        return gettext("Cancelled")
    words = gettext("Closed") if session.closed_at else gettext("Open")
    return (
        gettext("{words}, checked by {checked_by}").format(words=words, checked_by=session.checked_by)
        if session.checked_at
        else words
    )


class CamerasOfRoom(StaffMayRead, admin.TabularInline):
    """The room's cameras as they last spoke."""

    model = CameraStatus
    verbose_name_plural = "cameras"
    fields = ("camera_name", "last_word", "last_frame_at", "reported_at")
    readonly_fields = ("last_word",)
    extra = 0

    @admin.display(description=_("state"))
    def last_word(self, camera: CameraStatus) -> str:
        return state_words(camera)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CameraStatus]:
        return super().get_queryset(request).select_related("room")


class RoomCamerasOfRoom(StaffMayRead, admin.TabularInline):
    """Which cameras belong to the room; staff say of one whose machine is gone since when it is no longer there."""

    model, form = RoomCamera, RoomCameraForm
    verbose_name_plural = _("which cameras belong to the room")
    fields = ("camera_name", "since_words", "until", "shown")
    readonly_fields = ("camera_name", "since_words")
    extra = 0

    @admin.display(description=_("since"))
    def since_words(self, camera: RoomCamera) -> str:
        """In the zone in which its end is typed."""
        zone = camera.room.zone
        return f"{camera.since.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"

    def get_formset(self, request: HttpRequest, obj: Room | None = None, **options: Any) -> Any:
        """Name the zone at the head of the column: a table shows no help beside its fields."""
        formset = super().get_formset(request, obj, **options)
        if obj and (until := formset.form.base_fields.get("until")):
            until.label = f"{until.label} ({obj.zone.key})"
        return formset

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoomCamera]:
        return super().get_queryset(request).select_related("room")


@admin.register(Room)
class RoomAdmin(StaffMayKeep, admin.ModelAdmin):
    form = RoomForm
    list_display = ("name", "time_zone", "camera_count", "session_count")
    search_fields = ("name",)
    inlines = (CamerasOfRoom, RoomCamerasOfRoom)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                camera_count=count_rows(CameraStatus.objects.all(), "room"),
                session_count=count_rows(ClassSession.objects.all(), "room"),
            )
        )

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        """Another time zone moves what weekly slots have made, and the days of what is to come."""
        super().save_model(request, obj, form, change)
        if change and "time_zone" in form.changed_data and (words := change_zone(obj, obj.time_zone).words):
            messages.info(request, gettext("By the room’s new clocks: {words}").format(words=words))
        if change and "each_camera_sees_all" in form.changed_data:
            offer_held_sessions(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Say how many closed registers follow where a camera was ended."""
        super().save_formset(request, form, formset, change)
        if number := sum(getattr(each, "concerned", 0) for each in formset.forms):
            messages.info(
                request,
                gettext(
                    "Closed registers since then: {number}. Each is decided anew within a minute, or when it is opened."
                ).format(number=number),
            )

    @admin.display(description=_("cameras"), ordering="camera_count")
    def camera_count(self, room: Any) -> int:
        return int(room.camera_count)

    @admin.display(description=_("class sessions"), ordering="session_count")
    def session_count(self, room: Any) -> int:
        return int(room.session_count)


class WhenFilter(admin.SimpleListFilter):
    """Class sessions by when they are. Ranges are computed here: MariaDB may know no time zones."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("now", gettext("Running now")),
            ("today", gettext("Today")),
            ("week", gettext("Next 7 days")),
            ("past", gettext("Past")),
        ]

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
    form = SessionForm
    list_display = ("when", "course", "room", "register", "mark_count")
    list_filter = (WhenFilter, "is_cancelled", "room")
    # Read by their keys: a join would let the database begin with the rooms, and count the marks of all class sessions.
    list_select_related = ()
    show_full_result_count = False
    search_fields = ("course__code", "course__title", "room__name")
    search_help_text = _("Course or room")
    autocomplete_fields = ("course", "room")
    save_as = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        rows = super().get_queryset(request).prefetch_related("course", "room", "checked_by")
        return rows.annotate(mark_count=count_rows(Mark.objects.all(), "session"))

    def get_readonly_fields(self, request: HttpRequest, obj: ClassSession | None = None) -> tuple[str, ...]:
        """The course of a class session stays: its register is of that course's students."""
        return ("course", "register") if obj else ()

    def get_fields(self, request: HttpRequest, obj: ClassSession | None = None) -> Any:
        return [*SessionForm.Meta.fields, *(["register", "shown"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: ClassSession, form: Any, change: bool) -> None:
        """A change decides the marks anew."""
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            change_session(obj, **{name: form.cleaned_data[name] for name in form.changed_data})

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, session: ClassSession) -> str:
        return when_words(session)

    @admin.display(description=_("register"), ordering="closed_at")
    def register(self, session: ClassSession) -> str:
        return register_words(session)

    @admin.display(description=_("marks"))
    def mark_count(self, session: Any) -> int:
        return int(session.mark_count)
