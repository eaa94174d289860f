"""Cameras in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.models import (
    CameraStatus,
)


@admin.register(CameraStatus)
class CameraStatusAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("room", "camera_name", "state", "last_frame_at", "reported_at", "outbox_depth", "gallery_size")
    list_filter = ("state", ("room", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("room",)
    search_fields = ("room__name", "camera_name")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A camera that was taken down leaves its row behind; one that runs writes it again."""
        return self.has_module_permission(request)
