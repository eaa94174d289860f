"""Suspicions: signs that a face is on a picture that somebody holds up. Evidence for a person, and never a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from recognizer.domain.following.detection import Encoding, Image
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.surroundings import Shift, Surroundings
from recognizer.domain.ports.camera import SurroundingsReader

STILL, TWICE, CARRIED = "still", "twice", "carried"
SUSPICIONS = (STILL, TWICE, CARRIED)
"""A face that never changes, like one on paper or on a screen; one student's face twice in a picture; a face whose
surroundings move with it, as on a rectangle that somebody holds."""

MOST_CHANGE = 0.16
"""Encodings of a face on a picture mostly lie no farther apart than this, though a hand moves it; those of a living
face lie two to four times as far apart within a minute (docs/recognition.md, "Photos that are held up")."""

LEAST_ENCODINGS, LEAST_SECONDS = 5, 20.0
"""So many encodings, over so long, have to be alike: within a second or two a living face changes as little."""

LEAST_MOVE = 0.08
"""A face that has moved by less, in widths of itself, says nothing of what is around it."""

LEAST_PARTS, LEAST_SHARE = 9, 0.7
"""So many parts, counted anew in each comparison, must have been told apart, and this share of them must have moved
with the face (docs/recognition.md, "Photos that are held up")."""

MOST_PARTS = 60
"""After so many a face is not compared any more: it is no picture."""

COMPARE_SECONDS, LONGEST_SECONDS = 1.4, 20.0
"""From one comparison to the next, at least; and at most between the two pictures that are compared."""


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


@dataclass(slots=True)
class Rigidity:
    """Whether what is around a face has moved with it so far, whenever the face moved."""

    _earlier: Surroundings | None = None
    _taken_at: float = -math.inf
    _compared_at: float = -math.inf
    parts: int = 0
    """How many were told apart so far."""
    _moved_along: int = 0

    @property
    def is_suspicious(self) -> bool:
        """Whether face and surroundings move as one."""
        return self.parts >= LEAST_PARTS and self._moved_along >= LEAST_SHARE * self.parts

    def is_due(self, position_seconds: float) -> bool:
        """Whether another comparison may say more."""
        is_open = self.parts < MOST_PARTS and not self.is_suspicious
        return is_open and position_seconds - self._compared_at >= COMPARE_SECONDS

    def compare(self, reader: SurroundingsReader, image: Image, box: Box, position_seconds: float) -> None:
        """Take in another picture, in which the face is in that box."""
        self._compared_at = position_seconds
        if self._earlier is not None and position_seconds - self._taken_at <= LONGEST_SECONDS:
            movement = reader.movement(self._earlier, image)
            if movement is not None and math.hypot(*movement.face) < LEAST_MOVE:
                return
            if movement is not None:
                self.parts += len(movement.parts)
                self._moved_along += sum(_is_along(part, movement.face) for part in movement.parts)
        self._earlier, self._taken_at = reader.take(image, box), position_seconds


def _is_along(part: Shift, face: Shift) -> bool:
    """Whether the part has rather moved with the face than stayed where it was."""
    return math.dist(part, face) < math.hypot(*part)
