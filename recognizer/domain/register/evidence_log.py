"""Sightings turned into evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.doubtful_names import DoubtfulNames
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.growing_entries import GrowingEntries


class EvidenceLog:
    """Keeps an entry for each class session, student, camera and hour.

    They are handed out as ``GrowingEntries`` does it. Whether one makes a mark, and which, is decided where the
    register is. What is seen of a doubtful name is held back until the name counts (``doubtful_names``).
    """

    def __init__(self) -> None:
        self._doubtful = DoubtfulNames()
        self._entries = GrowingEntries[Evidence]()

    def consider(
        self,
        sighting: Sighting,
        sessions: Sequence[ClassSession],
        *,
        is_confirmed: bool = True,
        clock_setting: str = "",
    ) -> list[Evidence]:
        """The entries that this sighting makes or changes and that are to be kept now; most often none, and none of a
        near miss.

        ``is_confirmed`` and ``clock_setting`` as ``Evidence`` has them.
        """
        if sighting.is_near_miss:
            return []
        noted = []
        for session in find_sessions(sighting, sessions):
            seen = Evidence.of(
                sighting,
                session.id,
                is_confirmed=is_confirmed,
                clock_setting=clock_setting,
                student_id=session.student_id(sighting.student_number),
            )
            noted += [
                self._entries.add(each, session.ends_at) for each in self._doubtful.admit(seen, sighting, session)
            ]
        return [entry for entry in noted if entry is not None]

    def due(self, at: datetime) -> list[Evidence]:
        """Entries that have waited for a minute at that instant, or that are over; the latter are forgotten."""
        reported = self._entries.due(at)
        self._doubtful.forget(at)
        return reported

    def forget_tracks(self, camera_name: str) -> None:
        """Forget what is held back of a camera's tracks: its process was started anew, and numbers others like them."""
        self._doubtful.forget_tracks(camera_name)

    def flush(self) -> list[Evidence]:
        """All entries that have grown since they were handed out."""
        return self._entries.flush()


def find_sessions(sighting: Sighting, sessions: Sequence[ClassSession]) -> list[ClassSession]:
    """The class sessions that a sighting belongs to: those open then that expect the student, else those open.

    While one of them runs, the sighting says nothing of the next one, whose window may already be open.
    """
    open_then = [session for session in sessions if session.is_open(sighting.seen_at)]
    expecting = [session for session in open_then if session.expects(sighting.student_number)]
    candidates = expecting or open_then
    running = [session for session in candidates if session.starts_at <= sighting.seen_at]
    return running or candidates
