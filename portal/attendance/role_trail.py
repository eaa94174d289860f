"""Who was given a part in a course or a department, and who lost it, stands in the trail."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models.signals import m2m_changed

from portal.accounts.models.trail import note_row
from portal.attendance.models import Course, Department


def keep_role_changes() -> None:
    """Begin to write them down, once for the whole program."""
    roles = {
        "lecturer": Course.lecturers.through,
        "assistant": Course.assistants.through,
        "viewer": Department.viewers.through,
    }
    for role, pairs in roles.items():
        m2m_changed.connect(partial(_note, role), sender=pairs, weak=False, dispatch_uid=f"trail of each {role}")


def _note(role: str, *, instance: Any, action: str, reverse: bool, model: Any, pk_set: set[Any], **_: Any) -> None:
    """``instance`` is the course or department, or the account where ``reverse``; ``pk_set`` are those of the other."""
    if action not in ("post_add", "post_remove"):
        return
    for other in model._base_manager.filter(pk__in=pk_set):
        row, person = (other, instance) if reverse else (instance, other)
        note_row(row, role, **{"new" if action == "post_add" else "old": f"{person.name} ({person.email})"})
