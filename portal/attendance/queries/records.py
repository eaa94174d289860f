"""Marks over many class sessions."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from portal.attendance.models import Mark


def status_counts(marks: QuerySet[Mark]) -> dict[str, int]:
    """How many of these marks have each status, none left out."""
    found = (
        marks.order_by().values("status").annotate(number=Count("pk", distinct=True)).values_list("status", "number")
    )
    return {status.value: 0 for status in Mark.Status} | dict(found)
