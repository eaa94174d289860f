"""How much of a class session cameras could see. Pure arithmetic on times; no database, no clock.

A span is a pair of instants: it begins at the first and ends before the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """The same times as spans in order that do not touch each other."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        elif start < end:
            merged.append((start, end))
    return merged


def intersect_spans(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The times that both contain; each must be merged already."""
    both = []
    i = j = 0
    while i < len(some) and j < len(others):
        start, end = max(some[i][0], others[j][0]), min(some[i][1], others[j][1])
        if start < end:
            both.append((start, end))
        if some[i][1] <= others[j][1]:
            i += 1
        else:
            j += 1
    return both


def room_coverage(sight: Mapping[str, Iterable[Span]], *, each_camera_sees_all: bool) -> list[Span]:
    """When the room could be seen: by every camera, or by any where each camera sees all of the room.

    ``sight`` has an entry for each camera of the room; the entry of a camera that was blind all the time is empty.
    Without a camera nothing could be seen.
    """
    cameras = [merge_spans(spans) for spans in sight.values()]
    if each_camera_sees_all or not cameras:
        return merge_spans(span for spans in cameras for span in spans)
    covered = cameras[0]
    for spans in cameras[1:]:
        covered = intersect_spans(covered, spans)
    return covered


def covered_time(spans: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    """How much of the time from ``start`` to ``end`` the spans cover; they must be merged already."""
    inside = (min(span[1], end) - max(span[0], start) for span in spans)
    return sum((each for each in inside if each > timedelta()), timedelta())
