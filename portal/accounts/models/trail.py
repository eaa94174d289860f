"""The trail: who changed a name, a role, a time or a place, and what it was before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.acting import acting_account, acting_program
from portal.web.append_only import AppendOnly, AppendOnlySet
from portal.web.languages import written_down

Row = TypeVar("Row", bound="Trailed")
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
    table_name = models.CharField(_("table"), max_length=32)
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
    """Rows of a ``Trailed`` table: many that are added, changed or removed at once stand in the trail one by one."""

    def bulk_create(self, objs: Iterable[Row], *arguments: Any, **options: Any) -> list[Row]:
        objs = list(objs)
        for row in objs:
            _fill_in_defaults(row)
        with transaction.atomic(using=self.db):
            made = super().bulk_create(objs, *arguments, **options)
            note_added(made)
        return made

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

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            note_removed(list(self))
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class Trailed(models.Model):
    """A row that stands in the trail when it is added, changed or removed: alone, with many others, by expression, or
    together with a row that it belongs to. Of a change it keeps ``in_trail``.

    What is changed by SQL alone is not.
    """

    in_trail: ClassVar[tuple[str, ...]] = ()
    named_by: ClassVar[tuple[str, ...]] = ()
    """The foreign keys that ``name_in_trail`` and ``trail_words`` follow."""

    added_as, removed_as = "added", "removed"
    """What stands in the trail as the field of a row that is added or removed."""

    class Meta:
        abstract = True

    @classmethod
    def names_in_trail(cls, before: Values) -> dict[Any, str]:
        """What each row was called before, by primary key: the first of the fields, unless a model knows better."""
        return {key: trail_words(old[NAME]) for key, old in before.items()}

    @property
    def name_in_trail(self) -> str:
        """What the trail calls a row that is added or removed."""
        return str(self)

    @property
    def trail_words(self) -> str:
        """What the trail says of a row that is added or removed: its fields there that say something."""
        said = ((self._meta.get_field(name), getattr(self, name)) for name in self.in_trail)
        return "; ".join(
            f"{field.verbose_name}: {trail_words(value)}"  # type: ignore[union-attr]
            for field, value in said
            if value not in (None, "", False)
        )

    def save(self, *arguments: Any, **options: Any) -> None:
        if self._state.adding:
            _fill_in_defaults(self)
            with transaction.atomic():
                super().save(*arguments, **options)
                note_added([self])
            return
        fields = trailed_fields(type(self), options.get("update_fields"))
        if not fields:
            super().save(*arguments, **options)
            return
        rows = type(self)._base_manager.filter(pk=self.pk)
        with transaction.atomic():
            before = _read(rows.select_for_update(), fields)
            super().save(*arguments, **options)
            write_trail(type(self), before, fields)


def _fill_in_defaults(row: models.Model) -> None:
    """Put the constants in that the database would put in: MySQL does not tell what it has chosen."""
    for field in row._meta.concrete_fields:
        is_left_out = isinstance(row.__dict__.get(field.attname), DatabaseDefault)
        if is_left_out and not hasattr(field.db_default, "resolve_expression"):
            setattr(row, field.attname, field.db_default)


def trailed_fields(model: type[models.Model], written: Iterable[str] | None) -> list[str]:
    """Those of the fields that are written which are kept in the trail; None writes all."""
    in_trail: tuple[str, ...] = getattr(model, "in_trail", ())
    return list(in_trail) if written is None else [field for field in in_trail if field in set(written)]


def note_row(row: models.Model, field: str, *, old: str = "", new: str = "") -> None:
    """Add to the trail what is no change of a single field of a row."""
    with written_down():
        said = {"row_name": str(row)[:300], "field": field, "old": str(old)[:300], "new": str(new)[:300]}
    OfficialChange.objects.create(**_signed(row._meta.model), row_id=row.pk, **said)


def note_added(rows: Sequence[Trailed]) -> None:
    """Add to the trail that rows of one table were added."""
    _note_rows(rows, lambda row: {"field": row.added_as, "new": row.trail_words[:300]})


def note_removed(rows: Sequence[Trailed]) -> None:
    """Add to the trail that rows of one table are removed, while they are still there."""
    _note_rows(rows, lambda row: {"field": row.removed_as, "old": row.trail_words[:300]})


def _note_rows(rows: Sequence[Trailed], words: Callable[[Trailed], dict[str, str]]) -> None:
    """MySQL does not tell the keys of rows that are made together: they stand there as 0."""
    if not rows:
        return
    signed = _signed(type(rows[0]))
    models.prefetch_related_objects(rows, *rows[0].named_by)
    with written_down():
        changes = [
            OfficialChange(**signed, row_id=row.pk or 0, row_name=row.name_in_trail[:300], **words(row)) for row in rows
        ]
    OfficialChange.objects.bulk_create(changes, batch_size=_AT_ONCE)


def _note_removed(sender: type[models.Model], instance: models.Model, origin: Any, **_: Any) -> None:
    """A row that is deleted by itself, or goes with one that it belongs to. ``TrailedSet.delete`` tells of its own."""
    is_told = isinstance(origin, TrailedSet) and origin.model is sender
    if isinstance(instance, Trailed) and not is_told:
        note_removed([instance])


models.signals.pre_delete.connect(_note_removed, dispatch_uid="trail of removed rows")


def write_trail(model: type[Any], before: Values, fields: list[str]) -> None:
    """Add what is otherwise now to the trail."""
    after = _read(model._base_manager.filter(pk__in=list(before)), fields)
    differing = [
        (key, field)
        for key, old in before.items()
        if key in after
        for field in fields
        if old[field] != after[key][field]
    ]
    if not differing:
        return
    signed = _signed(model)
    with written_down():
        names = model.names_in_trail({key: before[key] for key, _ in differing})
    pointed = {field: _rows_pointed_to(model, field, [before, after]) for field in {field for _, field in differing}}

    def words(values: Values, key: Any, field: str) -> str:
        value = values[key][field]
        return trail_words(pointed[field].get(value, value))[:300]

    with written_down():
        changes = [
            OfficialChange(
                **signed,
                row_id=key,
                row_name=names[key][:300],
                field=field,
                old=words(before, key, field),
                new=words(after, key, field),
            )
            for key, field in differing
        ]
    OfficialChange.objects.bulk_create(changes)


def trail_words(value: Any) -> str:
    """A value as the trail keeps it; an instant in UTC."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return "" if value is None else str(value)


def _signed(model: type[models.Model]) -> dict[str, Any]:
    """When, by whom, and in which table."""
    person = acting_account()
    return {
        "changed_at": timezone.now(),
        "changed_by_id": person.pk if person else None,
        "changed_by_name": person.name if person else "",
        "changed_by_email": person.email if person else "",
        "program": "" if person else acting_program(),
        "table_name": model._meta.db_table,
    }


def _rows_pointed_to(model: type[models.Model], name: str, values: list[Values]) -> dict[Any, models.Model]:
    """The rows that a foreign key pointed to before and after, by primary key; none of another field."""
    field: Any = model._meta.get_field(name)
    if not field.is_relation:
        return {}
    keys = {row[name] for rows in values for row in rows.values() if row[name] is not None}
    found: dict[Any, models.Model] = field.related_model._base_manager.in_bulk(keys)
    return found


NAME = "row name"
_AT_ONCE = 1000


def _read(rows: models.QuerySet[Any], fields: list[str]) -> Values:
    name = rows.model.in_trail[0]
    return {
        found["pk"]: {field: found[field] for field in fields} | {NAME: found[name]}
        for found in rows.order_by().values("pk", name, *(field for field in fields if field != name))
    }
