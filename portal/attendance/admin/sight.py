"""Cameras, what they could see, and whom they could name, in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attendance.admin.long_lists import LongList
from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.models import BlindSpan, CameraStatus, Enrolled, Sight
from portal.attendance.queries.cameras import camera_note
from portal.attendance.search import find_students


def state_words(camera: CameraStatus) -> str:
    """The camera's state, or that it has fallen silent: its last word is old then."""
    note = camera_note(camera, timezone.now())
    return (
        gettext("Silent for {silent_minutes} min").format(silent_minutes=note.silent_minutes)
        if note.state == "silent"
        else camera.get_state_display()
    )


@admin.register(CameraStatus)
class CameraStatusAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = (
        "room",
        "camera_name",
        "last_word",
        "last_frame_at",
        "reported_at",
        "outbox_depth",
        "refused_marks",
        "kept_in_memory",
        "gallery_size",
    )
    list_filter = ("state", ("room", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("room",)
    search_fields = ("room__name", "camera_name")
    exclude = ("state",)
    readonly_fields = ("last_word",)

    @admin.display(description=_("state"), ordering="state")
    def last_word(self, camera: CameraStatus) -> str:
        return state_words(camera)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A camera that was taken down leaves its row behind; one that runs writes it again."""
        return self.has_module_permission(request)


class SpanAdmin(LongList):
    """Times of a camera, the latest first."""

    list_filter: ClassVar[Any] = ("room",)
    shown_with = ("room",)
    search_fields = ("room__name", "camera_name")
    search_help_text = _("Room or camera")


@admin.register(Sight)
class SightAdmin(SpanAdmin):
    list_display = ("starts_at", "ends_at", "room", "camera_name", "recorded_at")


@admin.register(BlindSpan)
class BlindSpanAdmin(SpanAdmin):
    list_display = ("starts_at", "ends_at", "room", "camera_name", "reason", "recorded_at")
    list_filter = ("reason", "room")


@admin.register(Enrolled)
class EnrolledAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("student", "room", "reference_count", "enrolled_at", "removed_at")
    list_filter = (("room", admin.RelatedOnlyFieldListFilter), ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("student", "room")
    search_fields = ("student__number",)
    search_help_text = _("Student's number or name")
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Enrolled], search_term: str
    ) -> tuple[QuerySet[Enrolled], bool]:
        return queryset.filter(find_students(search_term, "student__")), False
