"""Lists of excuses: those that hold now, those to come, those of the past, and those that were withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from portal.attendance.models import Excuse


class Group(StrEnum):
    """Which excuses a list shows."""

    CURRENT = "current"
    COMING = "coming"
    PAST = "past"
    WITHDRAWN = "withdrawn"


def conditions(today: date) -> dict[Group, Q]:
    """Each excuse is in one group."""
    in_force = Q(withdrawn_at__isnull=True)
    return {
        Group.CURRENT: in_force & Q(first_day__lte=today, last_day__gte=today),
        Group.COMING: in_force & Q(first_day__gt=today),
        Group.PAST: in_force & Q(last_day__lt=today),
        Group.WITHDRAWN: Q(withdrawn_at__isnull=False),
    }


def count_groups(excuses: QuerySet[Excuse], today: date) -> dict[Group, int]:
    """How many excuses are in each group."""
    counts = {group.value: Count("pk", filter=condition) for group, condition in conditions(today).items()}
    found = excuses.order_by().aggregate(**counts)
    return {group: found[group.value] for group in Group}


def list_group(excuses: QuerySet[Excuse], group: Group, today: date) -> QuerySet[Excuse]:
    """One group: what comes next first, or what was last."""
    rows = excuses.filter(conditions(today)[group]).select_related("student", "course", "entered_by", "withdrawn_by")
    if group is Group.WITHDRAWN:
        return rows.order_by("-withdrawn_at", "-pk")
    first = ("first_day",) if group is Group.COMING else ("-last_day",) if group is Group.PAST else ("last_day",)
    return rows.order_by(*first, "student__plain_name", "pk")


_ENTRY = ("student_id", "first_day", "last_day", "entered_by_id", "entered_at")
"""What excuses have in common that were entered together for one student, each for a course."""


def entered_with(excuse: Excuse) -> Q:
    """Those of the same entry, itself included."""
    return Q(**{name: getattr(excuse, name) for name in _ENTRY})


def count_entries(excuses: QuerySet[Excuse], rows: Collection[Excuse]) -> dict[int, int]:
    """Of how many of ``excuses`` the entry of each row consists, by the row's primary key."""
    near = excuses.filter(student__in={row.student_id for row in rows}, entered_at__in={row.entered_at for row in rows})
    numbers = Counter(near.order_by().values_list(*_ENTRY))
    return {row.pk: numbers[tuple(getattr(row, name) for name in _ENTRY)] for row in rows}
