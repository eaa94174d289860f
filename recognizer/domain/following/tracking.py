"""Tracking: joining what each look finds into tracks, and never two people into one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from recognizer.domain.following.detection import Detection, Encoding, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.track import KEPT_ENCODINGS, POOR, Track

CONFIRMING_HITS = 2
"""Detections that make a track believable; a false face seldom comes twice in the same place."""

LOST_SECONDS = 5.0
"""A track that looks have missed for so long is lost. Who turns to a neighbour is back sooner."""

LOST_MISSES = 3
"""And at least so many looks: one every few seconds says little. A tentative track is given one look less."""

FORGOTTEN_SECONDS = 20.0
"""Without having been seen for so long a track is lost even where nobody looked: its face left the frame."""

REACH = 2.5
"""How far from its predicted place a face may be found, in widths of the face: half a second of slow walking past the
camera. Neighbours sit three apart, and what is found so far off is checked by an encoding."""

MISSED_COST = 0.5
"""What a track that the last look did not find must fit better, in IoU or widths, than one that it found."""

MOST_GROWTH = 1.6
"""How much a face's size may change between looks; a detector's boxes come in steps of up to 1.4."""

SURE_OVERLAP = 0.3
"""IoU with the predicted box below which a match might be somebody else, and is checked by an encoding."""

UNWATCHED_SECONDS = 2.0
UNWATCHED_REACH = 0.25
"""After so long without a look somebody else may have sat down there: it must then lie so near to its predicted place,
in widths of the face, whatever its size; a sweep's boxes come in wide steps."""

SPLIT_DISTANCE = 0.6
"""An encoding farther than this from the mean of its track is taken for another person's. Of pairs of different people
on press photos two in a thousand are nearer; of one person's photos, which differ more than the moments of a lesson,
some are farther. Splitting a track wrongly costs a new start."""

JUMP_SPLIT_DISTANCE = 0.5
"""The same for a face that was found where somebody else may have come in between: joining two costs a wrong mark."""

REJOIN_DISTANCE = 0.42
"""An encoding nearer than this to the mean of a track that is missed close by is of that track: somebody turned back
or came out from behind a neighbour. Stricter than staying in a track: what may join must be sure."""


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
