"""The one guarded way to imports: those of kinds that the person may import."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from portal.accounts.models import Account
from portal.attendance.models import DataImport
from portal.attendance.services.importing.kinds import KINDS, may_import
from portal.attendance.services.importing.planning import Kind


def kinds_of(account: Account) -> list[Kind]:
    """What somebody may import and export."""
    return [kind for kind in KINDS.values() if may_import(account, kind.name)]


def kind_or_404(account: Account, name: str) -> Kind:
    """One of those."""
    for kind in kinds_of(account):
        if kind.name == name:
            return kind
    raise Http404("no such kind")


def import_or_404(account: Account, import_id: int) -> DataImport:
    """An import of one of those kinds, whoever has begun it."""
    names = [kind.name for kind in kinds_of(account)]
    return get_object_or_404(DataImport.objects.select_related("task"), pk=import_id, kind__in=names)
