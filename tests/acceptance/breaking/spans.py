"""Spans of time, as sets: what lies in them, what they leave open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

Span = tuple[datetime, datetime]


def joined(spans: Iterable[Span], gap: timedelta = timedelta()) -> list[Span]:
    """In order, and one where two overlap or lie no more than the gap apart."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= gap:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def widened(spans: Iterable[Span], by: timedelta) -> list[Span]:
    """Each so much longer at both ends; so much shorter for less than nothing, and gone where nothing is left."""
    return joined((start - by, end + by) for start, end in spans if start - by < end + by)


def without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What lies in the spans and in none of the others."""
    left = joined(spans)
    for start, end in joined(others):
        left = [
            part
            for left_start, left_end in left
            for part in ((left_start, min(left_end, start)), (max(left_start, end), left_end))
            if part[0] < part[1]
        ]
    return left


def within(spans: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """What lies in the spans and in the others too."""
    whole = joined(spans)
    return without(whole, without(whole, others))


def overlaps(spans: Iterable[Span], longer_than: timedelta) -> list[tuple[Span, Span]]:
    """Pairs that have more than that in common."""
    ordered = sorted(spans)
    return [(one, other) for one, other in pairwise(ordered) if min(one[1], other[1]) - other[0] > longer_than]
