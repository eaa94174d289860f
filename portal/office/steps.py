"""Begins the next step of an import: at once for a small file, by a worker for others."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.attendance.models import DataImport
from portal.attendance.services.tasks import ask, do_at_once

_STEPS = {
    DataImport.State.RECEIVED: "import.read",
    DataImport.State.PLANNING: "import.plan",
    DataImport.State.WRITING: "import.write",
}


def begin_step(record: DataImport, account: Account) -> None:
    """Ask for the work that the state of an import calls for; nothing where it calls for none."""
    name = _STEPS.get(DataImport.State(record.state))
    if name is None:
        return
    task = ask(name, account, record.reading.get("row_count"), pk=record.pk)
    DataImport.objects.filter(pk=record.pk).update(task=task)
    if record.reading.get("is_small"):
        do_at_once(task)
