"""How much of a class session cameras could see. Pure arithmetic on times; no database, no clock.

A span is a pair of instants: it begins at the first and ends before the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

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


def subtract_spans(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The times of the first that the second leave open; both must be merged already."""
    left = []
    for start, end in some:
        for taken_from, taken_until in others:
            if taken_until <= start or taken_from >= end:
                continue
            if start < taken_from:
                left.append((start, taken_from))
            start = taken_until
        if start < end:
            left.append((start, end))
    return left


@dataclass(frozen=True, slots=True)
class CameraTimes:
    """When one camera belonged to a room, and when it could see; merged spans within one class session."""

    belonged: list[Span]
    saw: list[Span]


def camera_times(
    whole: Span,
    rows: Mapping[str, Sequence[Span]],
    sight: Mapping[str, Sequence[Span]],
    blind: Mapping[str, Sequence[Span]],
) -> dict[str, CameraTimes]:
    """What each camera of a room could see of a class session (``whole``), by the cameras' names, in their order.

    ``rows`` say when a camera belonged to the room, and it did whenever it wrote that it saw or was blind. A camera
    that wrote something and has no row in that time is of a database from before there were rows: it counts for all
    of the class session.
    """
    found = {}
    for name in sorted({*rows, *sight, *blind}):
        belonged = [whole]
        if name in rows:
            belonged = intersect_spans(merge_spans([*rows[name], *sight.get(name, ()), *blind.get(name, ())]), [whole])
        found[name] = CameraTimes(belonged, intersect_spans(merge_spans(sight.get(name, ())), [whole]))
    return found


def room_coverage(cameras: Iterable[CameraTimes], *, each_camera_sees_all: bool) -> list[Span]:
    """When the room could be seen: by every camera that belonged to it then.

    Where each camera sees all of the room, by any. While no camera belongs to the room nothing can be seen.
    """
    cameras = list(cameras)
    seen = merge_spans(span for camera in cameras for span in camera.saw)
    if each_camera_sees_all:
        return seen
    missed = [span for camera in cameras for span in subtract_spans(camera.belonged, camera.saw)]
    return subtract_spans(seen, merge_spans(missed))


def covered_time(spans: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    """How much of the time from ``start`` to ``end`` the spans cover; they must be merged already."""
    inside = (min(span[1], end) - max(span[0], start) for span in spans)
    return sum((each for each in inside if each > timedelta()), timedelta())


def digest_spans(spans: Iterable[Span]) -> str:
    """32 characters that differ when the spans do."""
    text = " ".join(f"{instant.astimezone(UTC):%Y%m%d%H%M%S.%f}" for span in spans for instant in span)
    return blake2b(text.encode(), digest_size=16).hexdigest()
