"""The recognizers themselves in the admin: who watches a room, and what could not be kept."""

from __future__ import annotations

from django.contrib import admin

from portal.attendance.admin.long_lists import LongList
from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.models import OutboxFault, RoomLease


@admin.register(RoomLease)
class RoomLeaseAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("room", "machine", "held_since", "expires_at", "waiting_machine", "waiting_at")
    list_select_related = ("room",)
    search_fields = ("room__name", "machine")
    exclude = ("holder", "token")


@admin.register(OutboxFault)
class OutboxFaultAdmin(LongList):
    list_display = ("happened_at", "room", "reason", "entries_saved", "entries_lost", "bytes_unreadable", "recorded_at")
    list_filter = ("reason", "room")
    shown_with = ("room",)
    search_fields = ("room__name",)
