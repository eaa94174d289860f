"""Setting up a term: what there is, and the ways to bring more."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from portal.attendance.access import LecturerRequest, for_staff
from portal.attendance.models import DataImport
from portal.attendance.services.importing.exporting import count_rows
from portal.attendance.services.importing.kinds import KINDS
from portal.attendance.services.importing.planning import Kind
from portal.office.access import kinds_of

IMPORTS_SHOWN = 20


@dataclass(frozen=True)
class KindShown:
    """A kind with how many there are; of marks, which are millions, only whether there are any."""

    kind: Kind
    count: int

    @property
    def counted(self) -> str:
        """How many of what."""
        match self.kind.name:
            case "students":
                words = ngettext("{number} student", "{number} students", self.count)
            case "lecturers":
                words = ngettext("{number} account", "{number} accounts", self.count)
            case "courses":
                words = ngettext("{number} course", "{number} courses", self.count)
            case "rosters":
                words = ngettext("{number} membership", "{number} memberships", self.count)
            case "rooms":
                words = ngettext("{number} room", "{number} rooms", self.count)
            case "marks":
                return gettext("registers that were kept elsewhere")
            case _:
                words = ngettext("{number} class session", "{number} class sessions", self.count)
        return words.format(number=self.count)


@require_safe
@for_staff
def term(request: LecturerRequest) -> HttpResponse:
    """Every kind in the order in which one stands on another, and the last imports."""
    kinds = kinds_of(request.user)
    imports = DataImport.objects.filter(kind__in=[kind.name for kind in kinds]).select_related("task")
    shown = list(imports.exclude(state=DataImport.State.DISCARDED)[:IMPORTS_SHOWN])
    context = {
        "kinds": [KindShown(kind, count_rows(kind.name, 1 if kind.name == "marks" else None)) for kind in kinds],
        "imports": [(each, KINDS[each.kind].title) for each in shown],
    }
    return render(request, "office/term.html", context)
