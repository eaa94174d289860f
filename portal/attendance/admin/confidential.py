"""Which kinds of reason are confidential, in the admin."""

from __future__ import annotations

from django.contrib import admin

from portal.attendance.admin.rights import StaffMayKeep
from portal.attendance.models import ConfidentialKind
from portal.web.lines import NamedForm


@admin.register(ConfidentialKind)
class ConfidentialKindAdmin(StaffMayKeep, admin.ModelAdmin):
    """A kind that is taken away leaves what was confidential so."""

    form = NamedForm
    list_display = ("name",)
