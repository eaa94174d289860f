"""Tracking: which track each detection and each encoding belongs to. Two people are never joined into one track."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.domain.following.detection import Detection, Encoding, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.track import Track

REACH = 2.5
"""A face may be found this far from its predicted place, in widths of the face: half a second of slow walking past the
camera. Neighbours sit three widths apart, and an encoding checks what is found so far off."""

MISSED_COST = 0.5
"""A track that the last look missed must fit better by this much, in IoU or widths, than one that it found."""

MOST_GROWTH = 1.6
"""A face's size may change by this factor between looks; a detector's boxes come in steps of up to 1.4."""

SPLIT_DISTANCE = 0.58
"""An encoding farther than this from the mean of its track is taken for another person's. On press photos two in a
thousand pairs of different people are nearer (docs/recognition.md, "Joining and splitting tracks"). One person's
photos differ more than the moments of a lesson, and some are farther apart. A track split wrongly only starts anew."""

JUMP_SPLIT_DISTANCE = 0.48
"""The same for a face that has jumped. It is stricter, since joining two people costs a wrong mark."""

REJOIN_DISTANCE = 0.41
"""An encoding nearer than this to the mean of a missed track close by belongs to that track: the person turned back, or
came out from behind a neighbour. It is stricter than for staying in a track, since a joined track must be sure."""


@dataclass(frozen=True, slots=True)
class _Match:
    """A track and a detection that may be the same face. cost: how badly they fit, lower is better."""

    cost: float
    track: Track
    detection_index: int


class Tracker:
    """Joins the detections of one camera into tracks. An id is never used twice."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._ids = itertools.count(1)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that are not lost, the oldest first."""
        return tuple(self._tracks)

    def forget(self) -> None:
        """Drop every track: the pictures have another size from now on, and no box of before means the same."""
        self._tracks.clear()

    def update(
        self, detections: Sequence[Detection], position_seconds: float, regions: Sequence[Region]
    ) -> list[Track]:
        """Match, begin and drop tracks; gives the track of each detection, in their order.

        regions: what was looked at. A track that should have been found there, and was not, is missed.
        """
        matched = self._match(detections, position_seconds)
        found = set(map(id, matched.values()))
        for track in self._tracks:
            if id(track) not in found:
                predicted = track.predicted_box(position_seconds)
                if any(region.covers(predicted) for region in regions):
                    track.miss(position_seconds)
        for index, track in matched.items():
            track.hit(detections[index].box, position_seconds)
        self._prune(position_seconds)
        return [
            matched[index] if index in matched else self._begin(detection.box, position_seconds)
            for index, detection in enumerate(detections)
        ]

    def attach(self, track: Track, encoding: Encoding, quality: float, position_seconds: float) -> Track:
        """Give an encoding of the track's last detection to the track of its person, and return that track.

        quality: of the crop that was encoded, from 0 to 1. The track is another one where the encoding is too far from
        the mean to be of the same person: a missed track close by, or a new one. The last detection was then not the
        first track's own, and is undone. A track without encodings is likewise given up for a missed one that it turns
        out to continue.
        """
        owner = self._owner(track, encoding, position_seconds)
        owner.add_encoding(encoding, quality, position_seconds)
        return owner

    def _owner(self, track: Track, encoding: Encoding, position_seconds: float) -> Track:
        if track.best and track.distance(encoding) <= _split_distance(track):
            return track
        missed = self._nearest_missed(track.box, encoding, position_seconds)
        if missed is not None:
            missed.hit(track.box, position_seconds)
            owner = missed
        elif track.best:
            owner = self._begin(track.box, position_seconds)
        else:
            return track
        track.undo_hit()
        self._prune(position_seconds)
        return owner

    def _match(self, detections: Sequence[Detection], position_seconds: float) -> dict[int, Track]:
        """By the index of the detection, the track that it continues. Of all matches in reach the best come first."""
        matched: dict[int, Track] = {}
        taken: set[int] = set()
        for match in sorted(self._possible_matches(detections, position_seconds), key=lambda match: match.cost):
            if match.detection_index not in matched and match.track.id not in taken:
                matched[match.detection_index] = match.track
                taken.add(match.track.id)
        return matched

    def _possible_matches(self, detections: Sequence[Detection], position_seconds: float) -> list[_Match]:
        matches = []
        lefts = [detection.box.left for detection in detections]
        for track in self._tracks:
            predicted = track.predicted_box(position_seconds)
            # In a full room most faces are too far off to be worth another thought.
            reach = (REACH + 1) * MOST_GROWTH * predicted.width
            for index, detection in enumerate(detections):
                if abs(lefts[index] - predicted.left) > reach:
                    continue
                cost = _cost(predicted, detection.box)
                if cost is not None:
                    matches.append(_Match(cost + MISSED_COST * (track.misses > 0), track, index))
        return matches

    def _nearest_missed(self, box: Box, encoding: Encoding, position_seconds: float) -> Track | None:
        """The nearest in encoding of the tracks that the last look missed and that a face in that box may continue."""
        reachable = [
            track
            for track in self._tracks
            if track.misses and track.best and _cost(track.predicted_box(position_seconds), box) is not None
        ]
        nearest = min(reachable, key=lambda track: track.distance(encoding), default=None)
        return nearest if nearest is not None and nearest.distance(encoding) <= REJOIN_DISTANCE else None

    def _begin(self, box: Box, position_seconds: float) -> Track:
        track = Track(next(self._ids), box, position_seconds)
        self._tracks.append(track)
        return track

    def _prune(self, position_seconds: float) -> None:
        for track in self._tracks:
            track.expire(position_seconds)
        self._tracks = [track for track in self._tracks if track.state != "lost"]


def _split_distance(track: Track) -> float:
    return JUMP_SPLIT_DISTANCE if track.has_jumped else SPLIT_DISTANCE


def _cost(predicted: Box, found: Box) -> float | None:
    """How badly they fit, lower is better; None where they cannot be the same face."""
    smaller, larger = sorted((predicted.width, found.width))
    if smaller == 0 or larger > MOST_GROWTH * smaller:
        return None
    apart = predicted.widths_apart(found)
    return apart - predicted.iou(found) if apart <= REACH else None
