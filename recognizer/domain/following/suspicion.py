"""Suspicions: signs that a face is on a picture that somebody holds up. Evidence for a person, and never a verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recognizer.domain.following.detection import Encoding

STILL, TWICE = "still", "twice"
SUSPICIONS = (STILL, TWICE)
"""A face that never changes, like one on paper or on a screen; one student's face twice in a picture."""

MOST_CHANGE = 0.14
"""Encodings of a face on a picture mostly lie no farther apart than this, though a hand moves it; those of a living
face lie two to four times as far apart within a minute (docs/recognition.md, "Photos that are held up")."""

LEAST_ENCODINGS, LEAST_SECONDS = 4, 20.0
"""So many encodings, over so long, have to be alike: within a second or two a living face changes as little."""


@dataclass(slots=True)
class Stillness:
    """Whether a face has stayed the same of late, by the encodings that it was given, in order."""

    _first: Encoding | None = None
    """Of the encodings that have been alike up to now."""
    _since: float = 0.0
    _seconds: float = 0.0
    _times: int = 0

    @property
    def is_suspicious(self) -> bool:
        """Whether a living face would have changed by now."""
        return self._times >= LEAST_ENCODINGS and self._seconds >= LEAST_SECONDS

    @property
    def is_undecided(self) -> bool:
        """Whether the face has been the same so far, and another encoding may say more."""
        return self._times > 1 and not self.is_suspicious

    def add(self, encoding: Encoding, position_seconds: float) -> None:
        """Take in the next encoding of the face."""
        if self._first is None or np.linalg.norm(encoding - self._first) > MOST_CHANGE:
            self._first, self._since, self._times = encoding, position_seconds, 0
        self._times += 1
        self._seconds = position_seconds - self._since
