"""Counts of rows for the lists of the admin."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce


def count_rows(rows: QuerySet[Any], key: str) -> Coalesce:
    """How many rows point at the outer object by ``key``, as one sub-query: joins would multiply each other."""
    counted = rows.order_by().filter(**{key: OuterRef("pk")}).values(key).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
