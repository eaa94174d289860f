"""Track: one face followed from look to look.

A track updates itself. The tracker (``tracking``) decides which track a detection or an encoding belongs to, and
``revisits`` decides when the face is looked at and encoded again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from recognizer.domain.following.detection import Encoding
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.suspicion import Rigidity, Stillness

TrackState = Literal["tentative", "confirmed", "lost"]

CONFIRMING_HITS = 2
"""A track is believed after this many detections; a false face seldom comes twice in the same place."""

LOST_SECONDS = 5.0
"""A track is lost when looks have missed it for this long. Who turns to a neighbour is back sooner."""

LOST_MISSES = 3
"""The least number of looks that must have missed it; looks every few seconds say little. A tentative track is lost
after one look less, at once."""

FORGOTTEN_SECONDS = 20.0
"""A track that was not seen for longer than this is lost, even where nobody looked: its face left the frame."""

MOST_PREDICTED_SECONDS = 1.0
"""A face is taken to keep its velocity for this long; then its predicted place stands still."""

SEATED_PACE = 0.7
"""Below this pace, in widths a second, a person stays in place: swaying, and the jumps of a detector's boxes, are
slower."""

SURE_OVERLAP = 0.3
"""A detection may be of another person where its IoU with the predicted box is below this. An encoding checks it."""

UNWATCHED_SECONDS = 2.0
"""After this long without a look, another person may have sat down there."""

UNWATCHED_REACH = 0.25
"""After that time the same person must be this near to the predicted place, in widths of the face. The size of the box
does not count: the boxes of a sweep come in wide steps."""

KEPT_ENCODINGS = 5
"""A track keeps at most this many encodings. With five encodings a track and three photos a student hardly anybody is
missed (docs/recognition.md, "How many photos and encodings")."""

POOR = 0.5
"""A crop is poor whose quality is less than this share of the best crop's: that it shows another moment does not make
it worth keeping."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoredEncoding:
    """An encoding, (128,) float32, and the quality from 0 to 1 of the crop that it was made of."""

    encoding: Encoding
    quality: float


@dataclass(frozen=True, slots=True)
class _Place:
    """What a hit changes and an undone hit brings back."""

    box: Box
    seen_at: float
    state: TrackState
    hits: int
    velocity: tuple[float, float]


@dataclass(slots=True, eq=False)
class Track:
    """One face followed through frames. All instants are ``position_seconds`` of frames."""

    id: int
    box: Box
    """Where it was last detected."""
    seen_at: float
    """When it was last detected."""
    state: TrackState = "tentative"
    hits: int = 1
    """Looks that found it."""
    velocity: tuple[float, float] = (0.0, 0.0)
    """Pixels a second, to the right and down."""
    looked_at: float = field(init=False)
    """When a look last covered its place, whether it found the face or not."""
    misses: int = 0
    """Looks at its place since it was last found."""
    missed_since: float = math.inf
    """When the first of these was."""
    is_named: bool = False
    """Whether it is known whose face it is, by a name well inside the tolerance."""
    nearest_distance: float = math.inf
    """The distance to the nearest student; infinite until the gallery was searched."""
    has_jumped: bool = False
    """Whether it was found away from its predicted place, or after nobody watched for long."""
    is_doubtful: bool = False
    """Whether it may have passed from one person to another. The next encoding decides."""
    encoded_at: float = -math.inf
    times_encoded: int = 0
    hits_since_encoding: int = 0
    best: list[ScoredEncoding] = field(default_factory=list)
    """The kept encodings, the best quality first; at most KEPT_ENCODINGS."""
    first: Encoding | None = None
    """The first encoding that it was given."""
    stillness: Stillness = field(default_factory=Stillness)
    rigidity: Rigidity = field(default_factory=Rigidity)
    _before: _Place | None = field(default=None, init=False, repr=False)
    """As it was before the last hit."""

    def __post_init__(self) -> None:
        self.looked_at = self.seen_at

    @property
    def mean(self) -> Encoding:
        """(128,) float32: the mean of the kept encodings; ValueError before the first."""
        if not self.best:
            raise ValueError("a track without encodings has no mean")
        return np.asarray(np.mean([kept.encoding for kept in self.best], axis=0), np.float32)

    @property
    def pace(self) -> float:
        """How fast it moves, in widths a second."""
        return math.hypot(*self.velocity) / max(1, self.box.width)

    @property
    def is_seated(self) -> bool:
        """Whether the person stays in place."""
        return self.pace < SEATED_PACE

    def distance(self, encoding: Encoding) -> float:
        """From the mean of the kept encodings; ValueError before the first."""
        return float(np.linalg.norm(encoding - self.mean))

    def predicted_box(self, position_seconds: float) -> Box:
        """Where the face should be by then, at its velocity."""
        elapsed = min(max(0.0, position_seconds - self.seen_at), MOST_PREDICTED_SECONDS)
        return self.box.moved(self.velocity[0] * elapsed, self.velocity[1] * elapsed)

    def hit(self, box: Box, position_seconds: float) -> None:
        """A look found it there."""
        self._before = _Place(self.box, self.seen_at, self.state, self.hits, self.velocity)
        self.has_jumped = self.has_jumped or not self._is_surely_at(box, position_seconds)
        self.is_doubtful = self.is_doubtful or self.misses > 0 or self.has_jumped
        self.velocity = self._velocity_to(box, position_seconds)
        self.box, self.seen_at, self.looked_at = box, position_seconds, position_seconds
        self.hits += 1
        self.hits_since_encoding += 1
        self.misses, self.missed_since = 0, math.inf
        if self.hits >= CONFIRMING_HITS:
            self.state = "confirmed"

    def miss(self, position_seconds: float) -> None:
        """A look at its place did not find it."""
        if not self.misses:
            self.missed_since = position_seconds
        self.misses += 1
        self.looked_at = position_seconds

    def undo_hit(self) -> None:
        """Go back to before the last hit, which was another person's, and count it as a miss.

        A track that has no earlier hit is lost.
        """
        if self._before is None:
            self.state = "lost"
            return
        before, looked_at = self._before, self.seen_at
        self.box, self.seen_at, self.state = before.box, before.seen_at, before.state
        self.hits, self.velocity = before.hits, before.velocity
        self._before = None
        self.is_doubtful = self.has_jumped = False
        self.miss(looked_at)

    def add_encoding(self, encoding: Encoding, quality: float, position_seconds: float) -> None:
        """Take in an encoding that is surely of this face."""
        if self.first is None:
            self.first = encoding
        self.best = _worth_keeping([*self.best, ScoredEncoding(encoding, quality)])
        self.stillness.add(encoding, position_seconds)
        self.encoded_at = position_seconds
        self.times_encoded += 1
        self.hits_since_encoding = 0
        self.is_doubtful = self.has_jumped = False

    def expire(self, position_seconds: float) -> None:
        """Become lost where it was missed, or not seen, for too long."""
        is_unproved = self.state == "tentative" and self.misses >= LOST_MISSES - 1
        is_missed = self.misses >= LOST_MISSES and position_seconds - self.missed_since >= LOST_SECONDS
        is_forgotten = position_seconds - self.seen_at > FORGOTTEN_SECONDS
        if is_unproved or is_missed or is_forgotten:
            self.state = "lost"

    def _is_surely_at(self, box: Box, position_seconds: float) -> bool:
        """Whether a face found there can only be this one."""
        predicted = self.predicted_box(position_seconds)
        if position_seconds - self.looked_at > UNWATCHED_SECONDS:
            return predicted.widths_apart(box) <= UNWATCHED_REACH
        return predicted.iou(box) >= SURE_OVERLAP

    def _velocity_to(self, box: Box, position_seconds: float) -> tuple[float, float]:
        """Its velocity once it is found there."""
        elapsed = position_seconds - self.seen_at
        if elapsed <= 0:
            return self.velocity
        (x, y), (to_x, to_y) = self.box.centre, box.centre
        # The detector's boxes jump by several pixels: half of the old velocity steadies the new one.
        keep = 0.5 if self.hits > 1 else 0.0
        return (
            keep * self.velocity[0] + (1 - keep) * (to_x - x) / elapsed,
            keep * self.velocity[1] + (1 - keep) * (to_y - y) / elapsed,
        )


def _worth_keeping(encodings: Sequence[ScoredEncoding]) -> list[ScoredEncoding]:
    """At most KEPT_ENCODINGS of one more than that, the best quality first.

    The worst is dropped if it is poor beside the best, else the worse of the two that are most alike: five moments tell
    more of a face than five frames of one moment.
    """
    kept = sorted(encodings, key=lambda one: one.quality, reverse=True)
    if len(kept) <= KEPT_ENCODINGS:
        return kept
    dropped = len(kept) - 1
    if kept[-1].quality >= POOR * kept[0].quality:
        pairs = itertools.combinations(range(len(kept)), 2)
        _, dropped = min(pairs, key=lambda pair: _distance_between(kept[pair[0]], kept[pair[1]]))
    return kept[:dropped] + kept[dropped + 1 :]


def _distance_between(one: ScoredEncoding, other: ScoredEncoding) -> float:
    return float(np.linalg.norm(one.encoding - other.encoding))
