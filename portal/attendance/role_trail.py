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


def _note(
    role: str, *, instance: Any, action: str, reverse: bool, model: Any, pk_set: set[Any] | None, **options: Any
) -> None:
    """``instance`` is the course or department, or the account where ``reverse``; ``pk_set`` are those of the other.

    Where all are taken away at once, there is no set.
    """
    if action == "pre_clear":
        pairs, (own, other) = options["sender"], _fields(options["sender"], instance)
        pk_set = set(pairs.objects.filter(**{own: instance}).values_list(other, flat=True))
    elif action not in ("post_add", "post_remove"):
        return
    for each in model._base_manager.filter(pk__in=pk_set):
        row, person = (each, instance) if reverse else (instance, each)
        note_row(row, role, **{"new" if action == "post_add" else "old": f"{person.name} ({person.email})"})


def _fields(pairs: Any, instance: Any) -> tuple[str, str]:
    """The field of the pairs that points to the instance's table, and the other."""
    names = [field.name for field in pairs._meta.fields if field.is_relation]
    own = next(name for name in names if isinstance(instance, pairs._meta.get_field(name).related_model))
    return own, next(name for name in names if name != own)
