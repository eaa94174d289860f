"""Sightings turned into near misses of students who are not seen surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence_log import find_sessions
from recognizer.domain.register.growing_entries import GrowingEntries
from recognizer.domain.register.near_miss import NearMiss

PATIENCE = timedelta(minutes=2)
"""For so long a near miss is kept back: who sits there is mostly named within seconds."""


@dataclass(slots=True)
class _Held:
    entry: NearMiss
    ends_at: datetime
    """When the class session is over."""

    def is_due(self, at: datetime) -> bool:
        return at >= min(self.entry.first_seen_at + PATIENCE, self.ends_at)


class NearMissLog:
    """Keeps an entry for each class session, student, camera and hour, until the student is surely seen there.

    It is handed out when it has been kept back for PATIENCE, and then as it grows (``GrowingEntries``). What was handed
    out of a student who is surely seen later stays: the portal shows it of nobody who is there.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[object, ...], _Held] = {}
        self._entries = GrowingEntries[NearMiss]()
        self._seen: dict[tuple[int, str], datetime] = {}
        """Who was surely seen, by class session and number; until when the class session lasts."""

    def consider(
        self, sighting: Sighting, sessions: Sequence[ClassSession], *, clock_setting: str = ""
    ) -> list[NearMiss]:
        """The entries that this sighting makes or changes and that are to be kept now; most often none.

        Other sightings tell who is surely seen. ``clock_setting`` as ``HourEntry`` has it.
        """
        number, handed = sighting.student_number, []
        for session in find_sessions(sighting, sessions):
            where = session.id, number
            if sighting.is_near_miss:
                if session.expects(number) and where not in self._seen:
                    student_id = session.student_id(number)
                    miss = NearMiss.of(sighting, session.id, clock_setting=clock_setting, student_id=student_id)
                    handed.append(self._note(miss, session))
            elif sighting.is_sure:
                self._seen[where] = session.ends_at
                self._held = {key: held for key, held in self._held.items() if key[:2] != where}
        return [entry for entry in handed if entry is not None]

    def due(self, at: datetime) -> list[NearMiss]:
        """Entries that were kept back or have waited for long enough at that instant, or whose time is over."""
        released = [key for key, held in self._held.items() if held.is_due(at)]
        new = [self._release(key) for key in released]
        self._seen = {where: ends_at for where, ends_at in self._seen.items() if at < ends_at}
        return [*(entry for entry in new if entry is not None), *self._entries.due(at)]

    def flush(self) -> list[NearMiss]:
        """All entries that were kept back, or have grown since they were handed out."""
        new = [self._release(key) for key in [*self._held]]
        return [*(entry for entry in new if entry is not None), *self._entries.flush()]

    def _note(self, miss: NearMiss, session: ClassSession) -> NearMiss | None:
        held = self._held.get(miss.key)
        if held is not None:
            held.entry = held.entry.merged(miss)
        elif miss.key in self._entries:
            return self._entries.add(miss, session.ends_at)
        else:
            self._held[miss.key] = _Held(miss, session.ends_at)
        return None

    def _release(self, key: tuple[object, ...]) -> NearMiss | None:
        held = self._held.pop(key)
        return self._entries.add(held.entry, held.ends_at)
