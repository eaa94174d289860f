"""Courses and rooms that were added by mistake are removed; what is in use stays. Each act is one transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import PROTECT, Exists, Model, OuterRef

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

_SEEN = _("what its cameras saw")

USES: dict[type[Model], str] = {
    ClassSession: _("class sessions"),
    Slot: _("weekly slots"),
    Excuse: _("excuses"),
    RaisedWarning: _("warnings"),
    BoardExport: _("exports for the exam board"),
    Enrolled: _("students whom its cameras can name"),
    Sight: _SEEN,
    BlindSpan: _SEEN,
    Evidence: _SEEN,
    NearMiss: _SEEN,
}
"""Rows that are never removed with a course or a room, in words."""


class InUse(Exception):
    """Something is kept of the course or room. Nothing was removed; ``uses`` says because of what."""

    def __init__(self, uses: list[str]) -> None:
        super().__init__(", ".join(uses))
        self.uses = uses


def uses_of(row: Course | Room) -> list[str]:
    """What is kept of it, in words; nothing where it can be removed. One query."""
    kept = {each.related_model: each.field.name for each in protected_relations(type(row))}
    found = {
        f"has_{model._meta.model_name}": Exists(model._base_manager.filter(**{field: OuterRef("pk")}))
        for model, field in kept.items()
    }
    answers: Any = type(row)._base_manager.filter(pk=row.pk).values(**found).first() or {}
    uses = (str(words) for model, words in USES.items() if answers.get(f"has_{model._meta.model_name}"))
    return list(dict.fromkeys(uses))


def protected_relations(model: type[Course] | type[Room]) -> list[Any]:
    """The relations whose rows keep one of these from being removed."""
    relations: list[Any] = model._meta.get_fields(include_hidden=True)
    return [each for each in relations if each.one_to_many and getattr(each, "on_delete", None) is PROTECT]


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
