"""Doubtful names wait: what a track is seen of is kept back until the camera is sure enough of its name.

A stranger who stays for a lesson makes dozens of tracks, and one of them may come just near enough to a student. Its
next encodings take the name away again, as a rule, while a student keeps theirs (docs/recognition.md, "How tracks add
up").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from recognizer.domain.register.attendance import ClassSession, Sighting
from recognizer.domain.register.evidence import Evidence


@dataclass(slots=True)
class _Held:
    """What was seen of one track while its name was doubtful; by the evidence's key."""

    ends_at: datetime
    """When the class session is over."""
    entries: dict[tuple[object, ...], Evidence] = field(default_factory=dict)

    def add(self, evidence: Evidence) -> None:
        known = self.entries.get(evidence.key)
        self.entries[evidence.key] = known.merged(evidence) if known else evidence


class DoubtfulNames:
    """Holds the evidence of a track back while its name is doubtful. What is held when the session ends is dropped."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str, str, int], _Held] = {}

    def admit(self, evidence: Evidence, sighting: Sighting, session: ClassSession) -> list[Evidence]:
        """The evidence that counts by now: that of this sighting with all that was held of its track, or none."""
        if sighting.is_between:
            # It is one of two look-alikes. What is held of the track as one of them must not count.
            return [evidence]
        key = session.id, sighting.student_number, sighting.camera_name, sighting.track_id
        held = self._held.setdefault(key, _Held(session.ends_at)) if sighting.is_doubtful else self._held.pop(key, None)
        if held is None:
            return [evidence]
        held.add(evidence)
        return [] if sighting.is_doubtful else [*held.entries.values()]

    def forget_tracks(self, camera_name: str) -> None:
        """Forget what is held of a camera's tracks: its process was started anew, and numbers others like them."""
        self._held = {key: held for key, held in self._held.items() if key[2] != camera_name}

    def forget(self, at: datetime) -> None:
        """Forget what is held of the class sessions that are over at that instant."""
        self._held = {key: held for key, held in self._held.items() if at < held.ends_at}
