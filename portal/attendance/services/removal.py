"""Courses and rooms that were added by mistake are removed; what is in use stays. Each act is one transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import PROTECT, Exists, OuterRef

from portal.attendance.models import (
    BlindSpan,
    BoardExport,
    ClassSession,
    Course,
    Enrolled,
    Evidence,
    Excuse,
    NearMiss,
    RaisedWarning,
    Room,
    Sight,
    Slot,
)
from portal.attendance.services.transactions import repeat_transaction
from portal.web.languages import later as _

USES: dict[type, str] = {
    ClassSession: _("class sessions"),
    Slot: _("weekly slots"),
    Excuse: _("excuses"),
    RaisedWarning: _("warnings"),
    BoardExport: _("exports for the exam board"),
    Enrolled: _("students whom its cameras can name"),
    Sight: _("times in which its cameras could see"),
    BlindSpan: _("times in which its cameras could not see"),
    Evidence: _("what its cameras saw"),
    NearMiss: _("whom its cameras nearly named"),
}
"""Rows that are never removed with a course or a room, in words that follow "because of"."""


class InUse(Exception):
    """Something is kept of the course or room. Nothing was removed; ``uses`` says because of what."""

    def __init__(self, uses: list[str]) -> None:
        super().__init__(", ".join(uses))
        self.uses = uses


def uses_of(row: Course | Room) -> list[str]:
    """What is kept of it, in words; nothing where it can be removed. One query."""
    kept = {
        each.related_model: each.field.name
        for each in type(row)._meta.get_fields(include_hidden=True)
        if each.one_to_many and getattr(each, "on_delete", None) is PROTECT
    }
    found = {
        f"has_{model._meta.model_name}": Exists(model._base_manager.filter(**{field: OuterRef("pk")}))
        for model, field in kept.items()
    }
    answers: dict[str, Any] = type(row)._base_manager.filter(pk=row.pk).values(**found).first() or {}
    return [str(words) for model, words in USES.items() if answers.get(f"has_{model._meta.model_name}")]


def remove(row: Course | Room) -> None:
    """Remove it with its roster, rules and contacts; removed twice it is as removed once.

    Raises InUse. The row is held meanwhile, so that nothing comes to speak of it.
    """

    def work() -> None:
        locked = type(row)._base_manager.select_for_update().filter(pk=row.pk).first()
        if locked and (uses := uses_of(locked)):
            raise InUse(uses)
        if locked:
            locked.delete()

    repeat_transaction(work)
