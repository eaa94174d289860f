"""Class sessions in the order of time, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

from portal.attendance.models import ClassSession, Mark

FIRST_CHUNK, LARGEST_CHUNK, GROWTH = 8, 5000, 8
"""Class sessions asked about at once; each chunk is so many times as large as the one before."""

WALK_GROWTH = 64
"""The same of the walk alone, which an index answers: a second step is mostly enough for a term."""

Item = TypeVar("Item")


class Remembered(Generic[Item]):
    """What an iterator gives, for several readers; it is asked for no more than any of them has read."""

    def __init__(self, source: Iterator[Item]) -> None:
        self._source, self._read = source, list[Item]()

    def __iter__(self) -> Iterator[Item]:
        for place in count():
            while place >= len(self._read):
                try:
                    self._read.append(next(self._source))
                except StopIteration:
                    return
            yield self._read[place]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the records: a mark's, or with ``session_id`` 0 an instant's between class sessions."""

    starts_at: datetime
    session_id: int = 0
    name: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, mark: Mark) -> Position:
        """Where a mark stands; its class session and student are needed."""
        return cls(mark.session.starts_at, mark.session_id, name_of(mark))


def walk(
    sessions: QuerySet[ClassSession], position: Position | None, is_ascending: bool, size: int
) -> Iterator[tuple[datetime, int]]:
    """All of them in order by their key: ``size`` at first, and each chunk ``WALK_GROWTH`` times as large."""
    while chunk := list(from_position(sessions, position, is_ascending)[:size]):
        yield from chunk
        if len(chunk) < size:
            return
        starts_at, pk = chunk[-1]
        position, size = Position(starts_at, pk + (1 if is_ascending else -1)), min(size * WALK_GROWTH, LARGEST_CHUNK)


def from_position(
    sessions: QuerySet[ClassSession], position: Position | None, is_ascending: bool
) -> QuerySet[Any, Any]:
    """Starts and ids in order, from the position on, its own class session included."""
    if position and is_ascending:
        same = Q(starts_at=position.starts_at, pk__gte=position.session_id)
        sessions = sessions.filter(Q(starts_at__gt=position.starts_at) | same)
    elif position:
        same = Q(starts_at=position.starts_at, pk__lte=position.session_id)
        sessions = sessions.filter(Q(starts_at__lt=position.starts_at) | same)
    ordered = sessions.order_by("starts_at", "pk") if is_ascending else sessions.order_by("-starts_at", "-pk")
    return ordered.values_list("starts_at", "pk")


def name_of(mark: Mark) -> tuple[str, str]:
    """What the marks of a class session are sorted by."""
    return mark.student.plain_name, mark.student.number


def is_beyond(mark: Mark, position: Position, backwards: bool) -> bool:
    """Whether a mark of the walk comes after the position, in the direction of the walk."""
    if mark.session_id != position.session_id:
        return True
    return name_of(mark) < position.name if backwards else name_of(mark) > position.name
