"""Tracking: following each face from look to look, and collecting its best encodings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from recognizer.domain.detection import Detection, Encoding, Image, Region
from recognizer.domain.geometry import Box

TrackState = Literal["tentative", "confirmed", "lost"]

CONFIRMING_HITS = 2
"""Detections that make a track believable; a false face seldom comes twice in the same place."""

LOST_SECONDS = 5.0
"""A track that looks have missed for so long is lost. Who turns to a neighbour is back sooner."""

LOST_MISSES = 3
"""And at least so many looks: one every few seconds says little. A tentative track is given one look less."""

FORGOTTEN_SECONDS = 20.0
"""Without having been seen for so long a track is lost even where nobody looked: its face left the frame."""

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

REACH = 2.5
"""How far from its predicted place a face may be found, in widths of the face: half a second of slow walking past the
camera. Neighbours sit three apart, and what is found so far off is checked by an encoding."""

MISSED_COST = 0.5
"""What a track that the last look did not find must fit better, in IoU or widths, than one that it found."""

MOST_GROWTH = 1.6
"""How much a face's size may change between looks; the detector's own steps are 1.2."""

SURE_OVERLAP = 0.3
"""IoU with the predicted box below which a match might be somebody else, and is checked by an encoding."""

UNWATCHED_SECONDS = 2.0
UNWATCHED_REACH = 0.25
"""After so long without a look somebody else may have sat down there: it must then lie so near to its predicted place,
in widths of the face, whatever its size; a sweep's boxes come in wide steps."""

MOST_PREDICTED_SECONDS = 1.0
"""People do not keep their course for longer; after it the prediction stands still."""

SPLIT_DISTANCE = 0.6
"""An encoding farther than this from the mean of its track is taken for another person's. Of pairs of different people
on press photos two in a thousand are nearer; of one person's photos, which differ more than the moments of a lesson,
some are farther. Splitting a track wrongly costs a new start."""

JUMP_SPLIT_DISTANCE = 0.5
"""The same for a face that was found where somebody else may have come in between: joining two costs a wrong mark."""

REJOIN_DISTANCE = 0.42
"""An encoding nearer than this to the mean of a track that is missed close by is of that track: somebody turned back
or came out from behind a neighbour. Stricter than staying in a track: what may join must be sure."""

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


class Tracker:
    """Joins the detections of one camera into tracks. Ids are never used twice."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._ids = itertools.count(1)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Those not lost, the oldest first."""
        return tuple(self._tracks)

    def update(
        self, detections: Sequence[Detection], position_seconds: float, regions: Sequence[Region]
    ) -> list[Track]:
        """Match, begin and drop tracks; gives the track of each detection, in their order.

        regions: what was looked at; the tracks that should have been found there and were not are missed.
        """
        matched = self._match(detections, position_seconds)
        found = set(map(id, matched.values()))
        for track in self._tracks:
            if id(track) not in found:
                predicted = track.predicted_box(position_seconds)
                if any(region.covers(predicted) for region in regions):
                    _miss(track, position_seconds)
        for index, track in matched.items():
            _hit(track, detections[index].box, position_seconds)
        self._prune(position_seconds)
        return [
            matched[index] if index in matched else self._begin(detection.box, position_seconds)
            for index, detection in enumerate(detections)
        ]

    def attach(self, track: Track, encoding: Encoding, score: float, position_seconds: float) -> Track:
        """Give the track an encoding of its last detection; gives the track that the encoding is of.

        That is another one when the encoding is too far from the mean to be of the same person: one that is missed
        close by, or a new one. The old one is put back to where it was before its last detection, which was not its
        own. A track without encodings is likewise given up for one that it turns out to go on with.
        """
        most = JUMP_SPLIT_DISTANCE if track.has_jumped else SPLIT_DISTANCE
        is_own = bool(track.best) and _distance(track, encoding) <= most
        if not is_own:
            missed = self._missed_near(track, encoding, position_seconds)
            if track.best or missed:
                successor = missed or self._begin(track.box, position_seconds)
                if missed:
                    _hit(missed, track.box, position_seconds)
                _undo_hit(track)
                self._prune(position_seconds)
                track = successor
        if track.first is None:
            track.first = encoding
        track.best = _worth_keeping([*track.best, (score, encoding)])
        track.encoded_at = position_seconds
        track.encoded += 1
        track.fruitless = 0
        track.is_doubtful = track.has_jumped = False
        return track

    def _match(self, detections: Sequence[Detection], position_seconds: float) -> dict[int, Track]:
        """The track of each detection that has one: of all pairs in reach, the globally best first."""
        pairs = []
        for number, track in enumerate(self._tracks):
            predicted = track.predicted_box(position_seconds)
            for index, detection in enumerate(detections):
                cost = _cost(predicted, detection.box)
                if cost is not None:
                    pairs.append((cost + MISSED_COST * (track.misses > 0), number, index))
        matched: dict[int, Track] = {}
        taken: set[int] = set()
        for _, number, index in sorted(pairs):
            if index not in matched and number not in taken:
                matched[index] = self._tracks[number]
                taken.add(number)
        return matched

    def _missed_near(self, track: Track, encoding: Encoding, position_seconds: float) -> Track | None:
        """The track nearest in encoding of those that the last looks missed and that this face may be of."""
        near = [
            (_distance(other, encoding), other.id, other)
            for other in self._tracks
            if other.misses and other.best and _cost(other.predicted_box(position_seconds), track.box) is not None
        ]
        distance, _, other = min(near, default=(math.inf, 0, None))
        return other if distance <= REJOIN_DISTANCE else None

    def _begin(self, box: Box, position_seconds: float) -> Track:
        track = Track(next(self._ids), box, position_seconds, looked_at=position_seconds)
        self._tracks.append(track)
        return track

    def _prune(self, position_seconds: float) -> None:
        for track in self._tracks:
            if _is_lost(track, position_seconds):
                track.state = "lost"
        self._tracks = [track for track in self._tracks if track.state != "lost"]


def _worth_keeping(encodings: list[tuple[float, Encoding]]) -> list[tuple[float, Encoding]]:
    """At most KEPT_ENCODINGS of them, best first: without the worst, if it is poor beside the best, or else without the
    worse of the two that are most alike. Five moments tell more of a face than five frames of one."""
    kept = sorted(encodings, key=lambda one: one[0], reverse=True)
    if len(kept) <= KEPT_ENCODINGS:
        return kept
    dropped = len(kept) - 1
    if kept[-1][0] >= POOR * kept[0][0]:
        pairs = itertools.combinations(range(len(kept)), 2)
        _, dropped = min(pairs, key=lambda pair: float(np.linalg.norm(kept[pair[0]][1] - kept[pair[1]][1])))
    return kept[:dropped] + kept[dropped + 1 :]


def _distance(track: Track, encoding: Encoding) -> float:
    return float(np.linalg.norm(encoding - track.mean))


def _cost(predicted: Box, found: Box) -> float | None:
    """How badly they fit, lower is better; None when they cannot be the same face."""
    smaller, larger = sorted((predicted.width, found.width))
    if smaller == 0 or larger > MOST_GROWTH * smaller:
        return None
    apart = _widths_apart(predicted, found)
    return apart - predicted.iou(found) if apart <= REACH else None


def _widths_apart(one: Box, other: Box) -> float:
    (x, y), (to_x, to_y) = one.centre, other.centre
    return math.hypot(to_x - x, to_y - y) / max(one.width, other.width)


def _hit(track: Track, box: Box, position_seconds: float) -> None:
    before = (track.box, track.seen_at, track.state, track.hits, track.velocity)
    predicted = track.predicted_box(position_seconds)
    if position_seconds - track.looked_at > UNWATCHED_SECONDS:
        is_sure = _widths_apart(predicted, box) <= UNWATCHED_REACH
    else:
        is_sure = predicted.iou(box) >= SURE_OVERLAP
    track.has_jumped = track.has_jumped or not is_sure
    track.is_doubtful = track.is_doubtful or track.misses > 0 or track.has_jumped
    elapsed = position_seconds - track.seen_at
    if elapsed > 0:
        (x, y), (to_x, to_y) = track.box.centre, box.centre
        pace = ((to_x - x) / elapsed, (to_y - y) / elapsed)
        # The detector's boxes jump by several pixels: half of the old pace steadies the new one.
        keep = 0.5 if track.hits > 1 else 0.0
        track.velocity = (
            keep * track.velocity[0] + (1 - keep) * pace[0],
            keep * track.velocity[1] + (1 - keep) * pace[1],
        )
    track.before = before
    track.box, track.seen_at, track.hits = box, position_seconds, track.hits + 1
    track.looked_at, track.fruitless = position_seconds, track.fruitless + 1
    track.misses, track.missed_since = 0, math.inf
    if track.hits >= CONFIRMING_HITS:
        track.state = "confirmed"


def _miss(track: Track, position_seconds: float) -> None:
    if not track.misses:
        track.missed_since = position_seconds
    track.misses += 1
    track.looked_at = position_seconds


def _is_lost(track: Track, position_seconds: float) -> bool:
    if track.state == "tentative" and track.misses >= LOST_MISSES - 1:
        return True
    if position_seconds - track.seen_at > FORGOTTEN_SECONDS:
        return True
    return track.misses >= LOST_MISSES and position_seconds - track.missed_since >= LOST_SECONDS


def _undo_hit(track: Track) -> None:
    """A track that was never found before is lost."""
    if track.before is None:
        track.state = "lost"
        return
    looked_at = track.seen_at
    track.box, track.seen_at, track.state, track.hits, track.velocity = track.before
    track.before = None
    track.is_doubtful = track.has_jumped = False
    _miss(track, looked_at)
