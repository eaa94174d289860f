"""Asking for a file that a worker makes."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from portal.accounts.models import Account
from portal.attendance.models import DataExport
from portal.attendance.services.exporting.keeping import KEPT_FOR, MOST_KEPT, forget_beyond
from portal.attendance.services.exporting.makers import MAKERS
from portal.attendance.services.tasks import ask
from portal.web.languages import later as _

NAME = "export.make"


ANOTHER_FIRST = _("One file at a time: this one is still being made. When it is there, ask for the other one again.")


class Asked(NamedTuple):
    """The file that a worker makes; ``is_other`` where somebody asks for one while another is still to be made."""

    export: DataExport
    is_other: bool = False


def ask_for_export(account: Account, kind: str, what: dict[str, Any], file_name: str, about: str) -> Asked:
    """Let a worker make a file, one at a time for a person; the same one where it is asked for twice.

    Two requests of one person do not come here at once: see ``one_export_at_a_time``.
    """
    assert kind in MAKERS, kind
    for export in DataExport.objects.filter(asked_by=account, made_at=None, fault="").select_related("task"):
        if export.is_open:
            return Asked(export, is_other=(export.kind, export.what) != (kind, what))
    export = DataExport(kind=kind, what=what, file_name=file_name[-255:], about=about[:300], asked_by=account)
    export.language, export.goes_at = get_language() or "", timezone.now() + KEPT_FOR
    with transaction.atomic():
        forget_beyond(account, MOST_KEPT - 1)
        export.save()
        begin(export)
    return Asked(export)


def begin(export: DataExport) -> None:
    """Ask a worker for it; also for one whose work has failed."""
    export.task = ask(NAME, export.asked_by, pk=export.pk)
    export.save(update_fields=["task"])
