"""Tables to which rows are added, and in which none is changed or deleted."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class AppendOnlySet(models.QuerySet[Row]):
    """Rows that are added and read; changing or deleting them raises TypeError."""

    def update(self, **fields: Any) -> NoReturn:
        refuse(self.model)

    def delete(self) -> NoReturn:
        refuse(self.model)

    def bulk_update(self, *arguments: Any, **options: Any) -> NoReturn:
        refuse(self.model)


class AppendOnly(models.Model):
    """A row that stays as it was added."""

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        """Add the row; TypeError where it stands already."""
        if not self._state.adding:
            refuse(type(self))
        super().save(*arguments, **options)

    def delete(self, *arguments: Any, **options: Any) -> NoReturn:
        """Always a TypeError."""
        refuse(type(self))


def refuse(model: type[models.Model]) -> NoReturn:
    """Raise TypeError, and say what to do instead."""
    raise TypeError(f"{model._meta.db_table} is append-only: write a further row instead.")
