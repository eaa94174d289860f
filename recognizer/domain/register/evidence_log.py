"""Sightings turned into evidence, which is handed out at once where it is news, and else once a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.doubtful_names import DoubtfulNames
from recognizer.domain.register.evidence import Evidence

REPORT_EVERY = timedelta(minutes=1)
"""How often at most an entry that grows is handed out again."""

_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Entry:
    evidence: Evidence
    is_over_at: datetime
    """When nothing can be added to it any more, but by a message that was held up."""
    reported: Evidence
    """As it was last handed out."""

    @property
    def is_reported(self) -> bool:
        return self.evidence == self.reported

    def is_news(self) -> bool:
        """Whether it may change what the register says: then it is not kept back."""
        return (
            self.evidence.first_seen_at < self.reported.first_seen_at
            or self.evidence.suspicion != self.reported.suspicion
            or self.evidence.last_seen_at >= self.reported.last_seen_at + REPORT_EVERY
        )

    def report(self) -> Evidence:
        self.reported = self.evidence
        return self.evidence


class EvidenceLog:
    """Keeps an entry for each class session, student, camera and hour.

    A new entry is handed out at once. One that grows is handed out again at most once a minute, and when its hour or
    its class session is over. Whether it makes a mark, and which, is decided where the register is. What is seen of a
    doubtful name is held back until the name counts (``doubtful_names``).
    """

    def __init__(self) -> None:
        self._doubtful = DoubtfulNames()
        self._entries: dict[tuple[object, ...], _Entry] = {}

    def consider(
        self,
        sighting: Sighting,
        sessions: Sequence[ClassSession],
        *,
        is_confirmed: bool = True,
        clock_setting: str = "",
    ) -> list[Evidence]:
        """The entries that this sighting makes or changes and that are to be kept now; most often none.

        ``is_confirmed`` and ``clock_setting`` as ``Evidence`` has them.
        """
        noted = []
        for session in find_sessions(sighting, sessions):
            seen = Evidence.of(
                sighting,
                session.id,
                is_confirmed=is_confirmed,
                clock_setting=clock_setting,
                student_id=session.student_id(sighting.student_number),
            )
            noted += [self._note(each, session) for each in self._doubtful.admit(seen, sighting, session)]
        return [entry for entry in noted if entry is not None]

    def due(self, at: datetime) -> list[Evidence]:
        """Entries that have waited for a minute at that instant, or that are over; the latter are forgotten."""
        ready = [
            entry
            for entry in self._entries.values()
            if not entry.is_reported and at >= min(entry.reported.last_seen_at + REPORT_EVERY, entry.is_over_at)
        ]
        reported = [entry.report() for entry in ready]
        self._entries = {key: entry for key, entry in self._entries.items() if at < entry.is_over_at}
        self._doubtful.forget(at)
        return reported

    def forget_tracks(self, camera_name: str) -> None:
        """Forget what is held back of a camera's tracks: its process was started anew, and numbers others like them."""
        self._doubtful.forget_tracks(camera_name)

    def flush(self) -> list[Evidence]:
        """All entries that have grown since they were handed out."""
        return [entry.report() for entry in self._entries.values() if not entry.is_reported]

    def _note(self, seen: Evidence, session: ClassSession) -> Evidence | None:
        entry = self._entries.get(seen.key)
        if entry is None:
            self._entries[seen.key] = _Entry(seen, min(seen.hour + _HOUR, session.ends_at), seen)
            return seen
        entry.evidence = entry.evidence.merged(seen)
        return entry.report() if entry.is_news() else None


def find_sessions(sighting: Sighting, sessions: Sequence[ClassSession]) -> list[ClassSession]:
    """The class sessions that a sighting belongs to: those open then that expect the student, else those open.

    While one of them runs, the sighting says nothing of the next one, whose window may already be open.
    """
    open_then = [session for session in sessions if session.is_open(sighting.seen_at)]
    expecting = [session for session in open_then if session.expects(sighting.student_number)]
    candidates = expecting or open_then
    running = [session for session in candidates if session.starts_at <= sighting.seen_at]
    return running or candidates
