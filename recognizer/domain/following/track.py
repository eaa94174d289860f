"""Track: one face followed from look to look; when it is worth a look, and when an encoding."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from recognizer.domain.following.detection import Encoding, Image
from recognizer.domain.following.geometry import Box

TrackState = Literal["tentative", "confirmed", "lost"]

SEATED_PACE = 0.7
"""Widths a second below which somebody stays where they are: swaying and the jumps of a detector's boxes stay below."""

LONGEST_WALK_LOOKS = 20
"""So many looks follow somebody who walks, whatever else is known of them: cheaper than to find out anew who it is."""

MISSED_REST_SECONDS = 3.0
"""How long a face that was missed is left alone at the most where nothing more is asked of it: who looks away comes
back. After EAGER_LOOKS in vain it is longer for every face."""

EAGER_LOOKS = 4
"""So many looks in vain are made at once; after them every second look is left out, then more."""

LONGEST_WAIT_SECONDS = 4.0

_ROUNDING = 1e-6
"""Positions are multiples of a frame's time: without a grain less, 0.48 s would do for 0.5 s and 0.5 s would not."""

MOST_PREDICTED_SECONDS = 1.0
"""People do not keep their course for longer; after it the prediction stands still."""

KEPT_ENCODINGS = 5
"""With five frames a track and three photos a student nearly nobody is missed; more add little."""

ENOUGH_ENCODINGS = 2
"""So many are taken at least of a face that is answered; more only where they are clearly better."""

POOR = 0.5
"""The quality, in that of the best crop, below which a crop is not worth keeping for being of another moment."""

MOST_ENCODINGS = 16
"""So often is a track encoded for better crops, however long it lives."""

ANOTHER_MOMENT_SECONDS = 2.0
"""After so long a face that is still to be named shows something else: another turn, another expression. The more there
were, the longer: twice as long after twice KEPT_ENCODINGS."""

CLEARLY_BETTER = 1.25
"""By how much a crop's quality must exceed the worst kept one's to be worth an encoding; the best one's, where it is
known already whose face it is."""

DOUBTED_SECONDS = 18.0
"""How long after its last encoding a face waits for the next one that is known, was missed, and is found where it was;
it is in no sighting until then. Who looks down and up again all the time would else be encoded each time."""

RECHECK_SECONDS = 60.0
"""How often a track that has all it needs is encoded again, in case it slid onto another person."""

SPACING_SECONDS = 0.4
"""Crops closer in time are nearly the same picture, and say nothing new."""


@dataclass(slots=True, eq=False)
class Track:
    """One face followed through frames. Only its Tracker changes it."""

    id: int
    box: Box
    """Where it was last detected."""
    seen_at: float
    """When it was last detected, in position_seconds; so are the other instants here."""
    state: TrackState = "tentative"
    hits: int = 1
    velocity: tuple[float, float] = (0.0, 0.0)
    """Pixels a second, to the right and down."""
    before: tuple[Box, float, TrackState, int, tuple[float, float]] | None = None
    """Box, seen_at, state, hits and velocity as they were before the last hit."""
    looked_at: float = -math.inf
    """When a look last covered its place, whether it found the face or not."""
    misses: int = 0
    """Looks since it was last found that covered its place."""
    missed_since: float = math.inf
    """When the first of these was."""
    fruitless: int = 0
    """Looks since its last encoding that found it."""
    is_answered: bool = False
    """Whether it is known whose face it is."""
    rest_seconds: float = 0.0
    """How long it needs no look while it is found where it should be: longer once it is known whose face it is."""
    has_jumped: bool = False
    """Whether it was found again elsewhere than where it was looked for, or after nobody watched for long."""
    is_doubtful: bool = False
    """Whether it was found again in a way that could have joined two people; the next encoding decides."""
    encoded_at: float = -math.inf
    encoded: int = 0
    """How many encodings it was given."""
    best: list[tuple[float, Encoding]] = field(default_factory=list)
    """(quality score, encoding), best first, at most KEPT_ENCODINGS."""
    first: Encoding | None = None
    """The first encoding that it was given."""
    best_crop: Image | None = None
    """The aligned picture that the first of them was made of, (150, 150, 3)."""

    @property
    def mean(self) -> Encoding:
        """(128,) float32: the mean of the kept encodings; ValueError before the first."""
        if not self.best:
            raise ValueError("a track without encodings has no mean")
        return np.asarray(np.mean([encoding for _, encoding in self.best], axis=0), np.float32)

    def predicted_box(self, position_seconds: float) -> Box:
        """Where the face should be by then, at the pace it had."""
        elapsed = min(max(0.0, position_seconds - self.seen_at), MOST_PREDICTED_SECONDS)
        return self.box.moved(self.velocity[0] * elapsed, self.velocity[1] * elapsed)

    @property
    def pace(self) -> float:
        """How fast it moves, in widths a second."""
        return math.hypot(*self.velocity) / max(1, self.box.width)

    def is_due(self, position_seconds: float) -> bool:
        """Whether a look at its place may have news, so long after the last one."""
        if self.misses:
            in_vain, rest = self.misses, min(self.rest_seconds, MISSED_REST_SECONDS)
        elif self.pace >= SEATED_PACE and self.fruitless < LONGEST_WALK_LOOKS:
            return True
        else:
            in_vain, rest = self.fruitless, self.rest_seconds
        if in_vain >= EAGER_LOOKS:
            rest = max(rest, min(LONGEST_WAIT_SECONDS, 0.5 * 2.0 ** (in_vain - EAGER_LOOKS + 1)))
        return position_seconds - self.looked_at >= rest - _ROUNDING

    def wants_encoding(self, score: float, position_seconds: float) -> bool:
        """Whether a crop of that quality is worth an encoding."""
        since = position_seconds - self.encoded_at + _ROUNDING
        if self.has_jumped or since >= RECHECK_SECONDS:
            return True
        if self.is_doubtful:
            return not self.is_answered or since >= DOUBTED_SECONDS
        if since < SPACING_SECONDS or self.encoded >= MOST_ENCODINGS:
            return False
        if len(self.best) < (ENOUGH_ENCODINGS if self.is_answered else KEPT_ENCODINGS):
            return True
        if score > CLEARLY_BETTER * self.best[0 if self.is_answered else -1][0]:
            return True
        is_another_moment = since >= ANOTHER_MOMENT_SECONDS * self.encoded / KEPT_ENCODINGS
        return not self.is_answered and is_another_moment and score >= POOR * self.best[0][0]
