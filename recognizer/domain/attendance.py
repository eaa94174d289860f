"""Class sessions, sightings, and the rule that turns sightings into marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its start a class session takes sightings."""

Status = Literal["present", "late"]


@dataclass(frozen=True, slots=True)
class ClassSession:
    """One timed meeting of a course in this room; instants are naive UTC."""

    id: int
    course_code: str
    starts_at: datetime
    ends_at: datetime
    late_after_minutes: int
    roster: frozenset[str]
    """Numbers of the students expected."""

    @property
    def opens_at(self) -> datetime:
        return self.starts_at - OPENS_BEFORE

    def is_open(self, at: datetime) -> bool:
        """Whether a sighting at that instant belongs to this class session."""
        return self.opens_at <= at < self.ends_at

    def status_at(self, first_seen_at: datetime) -> Status:
        """Present, or late when first seen more than ``late_after_minutes`` after the start."""
        return "late" if first_seen_at > self.starts_at + timedelta(minutes=self.late_after_minutes) else "present"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A student identified on a confirmed track, at a time, with the evidence for it."""

    student_number: str
    seen_at: datetime
    camera_name: str
    distance: float
    runner_up_number: str | None
    """The nearest other student, and how far; None in a gallery of one."""
    runner_up_distance: float | None
    encodings: int
    """How many encodings were averaged."""
    track_id: int


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """What a camera has to say for one student in one class session: an idempotent row for the register.

    Written twice it changes nothing: the register inserts it, or widens the seen-times of a camera's own mark.
    """

    session_id: int
    student_number: str
    status: Status
    first_seen_at: datetime
    last_seen_at: datetime
    distance: float
    camera_name: str
