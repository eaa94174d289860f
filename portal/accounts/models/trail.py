"""The trail: who changed a name, an address, a number or a role, and what it was before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from portal.accounts.acting import acting_account, acting_program
from portal.web.append_only import AppendOnly, AppendOnlySet

Row = TypeVar("Row", bound=models.Model)
Values = dict[Any, dict[str, Any]]
"""What stands in the fields that are kept in the trail, by primary key."""


class OfficialChange(AppendOnly):
    """Append-only: one field of one row, as it was and as it is since. Names are kept as they were at that time."""

    changed_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="official_changes"
    )
    changed_by_name = models.CharField(max_length=200, blank=True, db_default="")
    changed_by_email = models.CharField(max_length=254, blank=True, db_default="")
    program = models.CharField(
        max_length=32, blank=True, db_default="", help_text="The program that changed it; empty where a person did."
    )
    table_name = models.CharField("table", max_length=32)
    row_id = models.BigIntegerField()
    row_name = models.CharField(max_length=300, help_text="What the row was called before.")
    field = models.CharField(max_length=32)
    old = models.CharField(max_length=300, blank=True)
    new = models.CharField(max_length=300, blank=True)

    objects = AppendOnlySet.as_manager()

    class Meta:
        db_table = "official_change"
        ordering = ["-changed_at", "-id"]
        indexes = [
            models.Index(fields=["table_name", "row_id", "id"], name="official_change_row"),
            models.Index(fields=["changed_at", "id"], name="official_change_changed_at"),
        ]

    def __str__(self) -> str:
        return f"{self.row_name}: {self.field} {self.old or '–'} → {self.new or '–'}"


class TrailedSet(models.QuerySet[Row]):
    """Rows of a ``Trailed`` table: many that are changed at once stand in the trail one by one."""

    def update(self, **values: Any) -> int:
        fields = trailed_fields(self.model, values)
        if not fields:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            before = _read(self.select_for_update(), fields)
            changed = super().update(**values)
            write_trail(self.model, before, fields)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]


class Trailed(models.Model):
    """A row some of whose fields are kept in the trail, however they are changed: alone, many at once, by expression.

    What is changed by SQL alone is not.
    """

    in_trail: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        fields = trailed_fields(type(self), options.get("update_fields"))
        if self._state.adding or not fields:
            super().save(*arguments, **options)
            return
        rows = type(self)._base_manager.filter(pk=self.pk)
        with transaction.atomic():
            before = _read(rows.select_for_update(), fields)
            super().save(*arguments, **options)
            write_trail(type(self), before, fields)


def trailed_fields(model: type[models.Model], written: Iterable[str] | None) -> list[str]:
    """Those of the fields that are written which are kept in the trail; None writes all."""
    in_trail: tuple[str, ...] = getattr(model, "in_trail", ())
    return list(in_trail) if written is None else [field for field in in_trail if field in set(written)]


def write_trail(model: type[models.Model], before: Values, fields: list[str]) -> None:
    """Add what is otherwise now to the trail."""
    after = _read(model._base_manager.filter(pk__in=list(before)), fields)
    person = acting_account()
    common = {
        "changed_at": timezone.now(),
        "changed_by_id": person.pk if person else None,
        "changed_by_name": person.name if person else "",
        "changed_by_email": person.email if person else "",
        "program": "" if person else acting_program(),
        "table_name": model._meta.db_table,
    }
    OfficialChange.objects.bulk_create(
        OfficialChange(
            **common,
            row_id=key,
            row_name=str(old[NAME])[:300],
            field=field,
            old=str(old[field])[:300],
            new=str(after[key][field])[:300],
        )
        for key, old in before.items()
        if key in after
        for field in fields
        if old[field] != after[key][field]
    )


NAME = "row name"


def _read(rows: models.QuerySet[Any], fields: list[str]) -> Values:
    name = rows.model.in_trail[0]
    return {
        found["pk"]: {field: found[field] for field in fields} | {NAME: found[name]}
        for found in rows.order_by().values("pk", name, *(field for field in fields if field != name))
    }
