"""An hour's entry: what one camera saw of one student in one hour of one class session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Self

from recognizer.domain.register.attendance import Sighting

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class HourEntry:
    """What one camera saw of one student in one hour of one class session; instants are naive UTC."""

    session_id: int
    student_number: str
    """As the gallery has it."""
    camera_name: str
    hour: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    minutes: int
    """Bit n is set where the student was seen in minute n of the hour."""
    distance: float
    """The smallest of the hour, with what went with it."""
    runner_up_number: str = ""
    """The next nearest student at that moment; empty in a gallery of one."""
    runner_up_distance: float | None = None
    encodings: int = 0
    """How many encodings were averaged; 0 where that is not known."""
    clock_setting: str = ""
    """How this machine's clock was set where its offset was not known yet, by which the entry is shifted once it is;
    else empty."""
    student_id: int | None = None
    """The student's row when it was seen, so that a student who is renumbered meanwhile is found; None where the
    schedule did not know it."""

    @classmethod
    def seen_once(cls, sighting: Sighting, session_id: int, **said: Any) -> Self:
        """What one sighting says; ``said``: the fields that it does not tell by itself."""
        at = sighting.seen_at
        return cls(
            session_id,
            sighting.student_number,
            sighting.camera_name,
            hour=start_of_hour(at),
            first_seen_at=at,
            last_seen_at=at,
            minutes=1 << at.minute,
            distance=sighting.distance,
            runner_up_number=sighting.runner_up_number or "",
            runner_up_distance=sighting.runner_up_distance,
            encodings=sighting.encodings,
            **said,
        )

    def merged(self, other: Self) -> Self:
        """One entry that says what both say, which have the same key."""
        nearest = other if other.distance < self.distance else self
        return replace(
            nearest,
            first_seen_at=min(self.first_seen_at, other.first_seen_at),
            last_seen_at=max(self.last_seen_at, other.last_seen_at),
            minutes=self.minutes | other.minutes,
            student_id=other.student_id or self.student_id,
        )

    def shifted(self, by: timedelta) -> list[Self]:
        """The same, so much later: an entry for each hour that it lies in then.

        The first and the last sighting are shifted exactly, the minutes between them by whole minutes.
        """
        first, last = self.first_seen_at + by, self.last_seen_at + by
        step = round(by / _MINUTE) * _MINUTE
        minutes = (self.hour + minute * _MINUTE + step for minute in range(60) if self.minutes >> minute & 1)
        by_hour: dict[datetime, list[datetime]] = {}
        last_minute = last.replace(second=0, microsecond=0)
        for at in (first, *(at for at in minutes if first < at < last_minute), last):
            by_hour.setdefault(start_of_hour(at), []).append(at)
        return [
            replace(
                self,
                hour=hour,
                first_seen_at=seen[0],
                last_seen_at=seen[-1],
                minutes=reduce(or_, (1 << at.minute for at in seen)),
            )
            for hour, seen in by_hour.items()
        ]

    def within(self, start: datetime, end: datetime) -> tuple[datetime, datetime] | None:
        """The first and last sighting from ``start`` until before ``end``; None without one.

        Where the entry's first or last sighting lies outside, the minutes tell: a minute counts from its beginning.
        """
        inside = [at for at in (self.first_seen_at, self.last_seen_at) if start <= at < end]
        if len(inside) < 2:
            inside += [at for at in self._instants() if start <= at < end]
        return (min(inside), max(inside)) if inside else None

    def clipped(self, start: datetime, end: datetime) -> Self | None:
        """The part of it from ``start`` until before ``end``, by its first and last sighting; None without one."""
        span = self.within(start, end)
        return replace(self, first_seen_at=span[0], last_seen_at=span[1], minutes=0) if span else None

    def _instants(self) -> Iterator[datetime]:
        for minute in range(60):
            if self.minutes >> minute & 1:
                yield max(self.hour + minute * _MINUTE, self.first_seen_at)


def start_of_hour(at: datetime) -> datetime:
    """The full hour that the instant lies in."""
    return at.replace(minute=0, second=0, microsecond=0)
