"""What exam boards were given, in the admin: found by the reference or digest that is printed in a file."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.attendance.admin.rights import StaffMayRead
from portal.attendance.models import BoardExport


@admin.register(BoardExport)
class BoardExportAdmin(StaffMayRead, admin.ModelAdmin):
    list_display = ("made_at", "course_name", "form", "made_by_name", "students", "sessions", "reference")
    list_filter = ("form",)
    list_select_related = ("course",)
    search_fields = ("reference", "digest", "course_name", "made_by_name", "made_by_email")
    search_help_text = _("A reference or digest, a course, or who made it")
