"""Setting up a term: what there is, and the ways to bring more."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import DataImport
from portal.attendance.services.importing.exporting import count_rows
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.planning import Kind
from portal.office.access import kinds_of
from portal.web.languages import later as _

IMPORTS_SHOWN = 20
NOUNS = {
    "students": ("student", "students"),
    "lecturers": ("account", "accounts"),
    "courses": ("course", "courses"),
    "rosters": ("membership", "memberships"),
    "rooms": ("room", "rooms"),
    "sessions": (_("class session"), _("class sessions")),
}


@dataclass(frozen=True)
class KindShown:
    """A kind with how many there are."""

    kind: Kind
    count: int

    @property
    def noun(self) -> str:
        """What is counted."""
        one, many = NOUNS[self.kind.name]
        return one if self.count == 1 else many


@require_safe
@for_staff
def term(request: LecturerRequest) -> HttpResponse:
    """Every kind in the order in which one stands on another, and the last imports."""
    kinds = kinds_of(request.user)
    imports = DataImport.objects.filter(kind__in=[kind.name for kind in kinds]).select_related("task")
    shown = list(imports.exclude(state=DataImport.State.DISCARDED)[:IMPORTS_SHOWN])
    context = {
        "kinds": [KindShown(kind, count_rows(kind.name)) for kind in kinds],
        "imports": [(each, KINDS[each.kind].title) for each in shown],
    }
    return render(request, "office/term.html", context)
