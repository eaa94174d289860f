"""Class sessions, sightings, and the rule that turns sightings into marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from recognizer.domain.following.geometry import Box

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its start a class session takes sightings."""

REPORT_EVERY = timedelta(minutes=1)
"""How often at most the seen-times of one mark are handed out again."""

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
    box: Box | None = None
    """Where in the frame the face was."""
    is_visitor: bool = False
    """Enrolled, but not expected here: recognised and not marked."""


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

    def widened(self, other: MarkEntry) -> MarkEntry:
        """The same mark with both entries' seen-times in it; the earlier one says status, distance and camera."""
        earlier = self if self.first_seen_at <= other.first_seen_at else other
        return replace(earlier, last_seen_at=max(self.last_seen_at, other.last_seen_at))


@dataclass(slots=True)
class _Seen:
    entry: MarkEntry
    ends_at: datetime
    reported_at: datetime
    """The last seen-time that was handed out."""
    is_reported: bool


class AttendanceRule:
    """Turns sightings into marks.

    A student who is on the roster of an open class session is present, or late, from the first sighting on; that is
    handed out at once. Later sightings widen the seen-times, which are handed out again at most once a minute.
    While a class session that expects the student runs, a sighting says nothing of the next one, whose window may
    already be open: it counts for that one only once the first is over.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], _Seen] = {}

    def consider(self, sighting: Sighting, sessions: Sequence[ClassSession]) -> list[MarkEntry]:
        """The marks that this sighting makes or changes and that are to be kept now; most often none."""
        if sighting.is_visitor:
            return []
        at = sighting.seen_at
        expecting = [s for s in sessions if s.is_open(at) and sighting.student_number in s.roster]
        running = [s for s in expecting if s.starts_at <= at]
        entries = (self._note(sighting, session) for session in running or expecting)
        return [entry for entry in entries if entry is not None]

    def due(self, at: datetime) -> list[MarkEntry]:
        """Seen-times that have waited for a minute at that instant, or whose class session is over.

        Class sessions that are over are forgotten: a sighting that still comes for one is handed out anew, and only
        widens what was handed out before.
        """
        late = [seen for seen in self._seen.values() if at >= min(seen.reported_at + REPORT_EVERY, seen.ends_at)]
        entries = [self._report(seen) for seen in late if not seen.is_reported]
        self._seen = {key: seen for key, seen in self._seen.items() if at < seen.ends_at}
        return entries

    def flush(self) -> list[MarkEntry]:
        """All seen-times that were not handed out yet."""
        return [self._report(seen) for seen in self._seen.values() if not seen.is_reported]

    def _note(self, sighting: Sighting, session: ClassSession) -> MarkEntry | None:
        at = sighting.seen_at
        entry = MarkEntry(
            session.id,
            sighting.student_number,
            session.status_at(at),
            first_seen_at=at,
            last_seen_at=at,
            distance=sighting.distance,
            camera_name=sighting.camera_name,
        )
        key = (session.id, sighting.student_number)
        seen = self._seen.get(key)
        if seen is None:
            self._seen[key] = _Seen(entry, session.ends_at, at, is_reported=True)
            return entry
        widened = seen.entry.widened(entry)
        if widened == seen.entry:
            return None
        is_other_status = widened.status != seen.entry.status
        seen.entry, seen.is_reported = widened, False
        if is_other_status or at - seen.reported_at >= REPORT_EVERY:
            return self._report(seen)
        return None

    @staticmethod
    def _report(seen: _Seen) -> MarkEntry:
        seen.reported_at, seen.is_reported = seen.entry.last_seen_at, True
        return seen.entry
