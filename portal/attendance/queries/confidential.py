"""Puts confidential reasons in their place for who may read them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from django.db.models import Aggregate, OuterRef, QuerySet, Subquery, TextField, Value

from portal.attendance.models import CONFIDENTIAL, ConfidentialKind, ConfidentialReason, Excuse, MarkChange

Telling = TypeVar("Telling", MarkChange, Excuse)


def with_confidential(
    rows: QuerySet[Telling], readable: QuerySet[ConfidentialReason], name: Literal["change", "excuse"]
) -> QuerySet[Telling]:
    """The rows, for ``reveal``. ``readable``: from ``access.confidential_reasons_of``; ``name``: what the rows are."""
    told = readable.filter(**{name: OuterRef("pk")}).order_by()
    return rows.annotate(confidential_text=Subquery(told.values("text")[:1]))


def reveal(rows: Iterable[MarkChange] | Iterable[Excuse]) -> None:
    """Let those of the rows from ``with_confidential`` say their reason of which it is readable; they are not to be
    saved then. ``is_revealed`` says of each of the rows whether it does."""
    for row in rows:
        text = getattr(row, "confidential_text", None) if row.reason == CONFIDENTIAL else None
        row.is_revealed = text is not None  # type: ignore[union-attr]
        row.reason = row.reason if text is None else text


class _JSONList(Aggregate):
    """The values of a column, as a JSON list."""

    function = "JSON_ARRAYAGG"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def kinds_as_json() -> Subquery:
    """``confidential_kinds`` as a column of another query, for ``kinds_from_json``."""
    rows = ConfidentialKind.objects.order_by().annotate(one=Value(1)).values("one")
    return Subquery(rows.annotate(names=_JSONList("name")).values("names"))


def kinds_from_json(column: str | None) -> list[str]:
    """Without any some databases say nothing."""
    return sorted(json.loads(column or "[]"), key=str.casefold)


def confidential_kinds() -> list[str]:
    """The words with which confidential reasons begin."""
    return list(ConfidentialKind.objects.values_list("name", flat=True))
