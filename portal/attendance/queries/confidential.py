"""Puts confidential reasons in their place for who may read them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from portal.attendance.models import CONFIDENTIAL, ConfidentialKind, ConfidentialReason, Excuse, MarkChange


def reveal(readable: QuerySet[ConfidentialReason], rows: Collection[MarkChange] | Collection[Excuse]) -> None:
    """Let those of the rows say their reason of which it is readable; they are not to be saved then.

    readable: from ``access.confidential_reasons_of``. ``is_revealed`` says of each of the rows whether it does.
    """
    hidden = [row.pk for row in rows if row.reason == CONFIDENTIAL]
    name = "excuse" if any(isinstance(row, Excuse) for row in rows) else "change"
    found = dict[int, str]()
    if hidden:
        texts = readable.filter(**{f"{name}__in": hidden})
        found = dict(texts.values_list(name, "text"))
    for row in rows:
        row.is_revealed = row.pk in found  # type: ignore[union-attr]
        row.reason = found.get(row.pk, row.reason)


def confidential_kinds() -> list[str]:
    """The words with which confidential reasons begin."""
    return list(ConfidentialKind.objects.values_list("name", flat=True))
