"""Evidence: what a camera saw of a student, hour by hour, and what that says of a class session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.hour_entry import HourEntry


@dataclass(frozen=True, slots=True)
class Evidence(HourEntry):
    """An hour's entry of a student who was named, or who may have been one of two who look alike.

    Written to the database twice it changes nothing: entries of the same key are merged there as ``merged`` does it.
    """

    is_confirmed: bool = True
    """False where this machine's clock was wrong: then it marks nobody until a person confirms it."""
    is_between: bool = False
    """True where it was this student or the runner-up, who look alike: then it marks nobody, and a person decides."""
    suspicion: str = ""
    """As ``Sighting`` has it, of the first sighting that has one. It changes no mark."""

    @classmethod
    def of(
        cls,
        sighting: Sighting,
        session_id: int,
        *,
        is_confirmed: bool = True,
        clock_setting: str = "",
        student_id: int | None = None,
    ) -> Evidence:
        """What one sighting says."""
        return cls.seen_once(
            sighting,
            session_id,
            is_confirmed=is_confirmed,
            clock_setting=clock_setting,
            student_id=student_id,
            is_between=sighting.is_between,
            suspicion=sighting.suspicion,
        )

    @property
    def key(self) -> tuple[int, str, str, datetime, bool, str, bool]:
        """Entries with the same key are one.

        What a wrong clock saw stands beside what a right one saw, and who may have been seen beside who was.
        """
        where = self.session_id, self.student_number, self.camera_name, self.hour
        return *where, self.is_confirmed, self.clock_setting, self.is_between

    @property
    def is_sure(self) -> bool:
        """Whether it says when the student was seen: the time is right, and it was nobody else."""
        return self.is_confirmed and not self.is_between

    def is_news_after(self, reported: Evidence) -> bool:
        """Whether it may change what the register says since it was reported."""
        return self.first_seen_at < reported.first_seen_at or self.suspicion != reported.suspicion

    def merged(self, other: Evidence) -> Evidence:
        """See ``HourEntry.merged``; of the suspicions the first."""
        return replace(HourEntry.merged(self, other), suspicion=self.suspicion or other.suspicion)


@dataclass(frozen=True, slots=True)
class Presence:
    """What the cameras saw of a student within a class session.

    First sighting, distance and camera are of one entry; the last sighting is the last of all.
    """

    first_seen_at: datetime
    last_seen_at: datetime
    distance: float
    camera_name: str


def find_presence(entries: Iterable[Evidence], start: datetime, end: datetime) -> Presence | None:
    """What sure entries of one student say of the time from ``start`` until before ``end``; None for nothing."""
    found = [(span, entry) for entry in entries if entry.is_sure and (span := entry.within(start, end))]
    if not found:
        return None
    (first, _), entry = min(found, key=lambda each: (each[0][0], each[1].camera_name, each[1].hour))
    return Presence(first, max(last for (_, last), _ in found), entry.distance, entry.camera_name)
