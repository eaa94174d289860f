"""Attention: where in a frame to look for faces, so that little work finds everybody soon.

Sweeps of the whole frame find whoever sits still (``sweeps``). Between them a frame is searched only where there may be
news: at the tracks that are due (``revisits``), and in the parts that moved without a track to explain it
(``changes``).
"""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.domain.following.changes import ChangedParts
from recognizer.domain.following.detection import Frame, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.revisits import is_look_due
from recognizer.domain.following.sweeps import Sweeps
from recognizer.domain.following.track import Track
from recognizer.domain.ports.camera import Motion

MARGIN = 0.5
"""A track's region reaches this many widths past its predicted box, plus a slack for what is not known of its way."""

SLACK_PER_MISS = 0.1
"""The slack grows by this many widths with each miss, for a seated face."""

NEW_SLACK = 0.25
UNKNOWN_WALK_SLACK = 1.25
"""The slack of a face seen once, which has no pace yet. The larger one is for a face beside which something moves: the
person may be walking."""

MOST_SEATED_SLACK = 0.5

WALKING_SLACK = 0.3
WALKING_SLACK_PER_MISS = 0.25
MOST_WALKING_SLACK = 1.0
"""The slack of a walking face: this share of the way that it went since it was seen, since one step is not quite like
the one before, and more with each miss."""

GROWTH = 1.16
"""A face's width may be off its track's by this factor; one size of the picture shows these widths."""

MISSED_GROWTH = 1.33
"""The same where a face was just missed: it may have been shown too large or too small. Two sizes of the picture show
these widths."""


class Attention:
    """Decides for one camera. The same frames and tracks give the same regions.

    smallest_face_pixels: the width of the smallest face to be found.
    """

    def __init__(self, motion: Motion, smallest_face_pixels: int) -> None:
        self._motion = motion
        self._sweeps = Sweeps(smallest_face_pixels)
        self._changed_parts = ChangedParts(smallest_face_pixels)

    def regions(self, frame: Frame, tracks: Sequence[Track]) -> list[Region]:
        """What to look at in this frame; nothing where all that could be seen is known already."""
        position = frame.position_seconds
        height, width = frame.image.shape[:2]
        whole = Box(0, width, height, 0)
        changes = self._motion.changes(frame, [_body(track, position) for track in tracks])
        sweep = self._sweeps.next_sweep(whole, sum(change.area for change in changes), position)
        chosen = [] if sweep is None else [sweep]
        for track in tracks:
            predicted = track.predicted_box(position)
            if is_look_due(track, position) and not any(region.covers(predicted) for region in chosen):
                chosen.append(_around(track, predicted, changes, position))
        if sweep is not None and sweep.largest is None:
            self._changed_parts.forget_looks()
        else:
            chosen += self._changed_parts.choose(changes, whole, position)
        self._motion.looked_at([region.box for region in chosen if region.largest is None])
        return chosen


def _around(track: Track, predicted: Box, changes: Sequence[Box], position: float) -> Region:
    """Where the track's face should be, with room for what is not known of its way and its size."""
    near = predicted.widened(1.0, 1.0, 1.0)
    is_amid_change = any(change.intersection(near) for change in changes)
    reach = MARGIN + _slack(track, is_amid_change, position)
    may_be_misjudged = track.misses == 1 and not (track.is_named or is_amid_change)
    growth = MISSED_GROWTH if may_be_misjudged else GROWTH
    return Region(predicted.widened(reach, reach, reach), predicted.width / growth, predicted.width * growth)


def _slack(track: Track, is_amid_change: bool, position: float) -> float:
    """In widths of the face."""
    if track.hits == 1:
        return SLACK_PER_MISS * track.misses + (UNKNOWN_WALK_SLACK if is_amid_change else NEW_SLACK)
    if track.is_seated:
        return min(SLACK_PER_MISS * track.misses, MOST_SEATED_SLACK)
    of_way = WALKING_SLACK * track.pace * min(position - track.seen_at, 1.0)
    return min(MOST_WALKING_SLACK, of_way + WALKING_SLACK_PER_MISS * track.misses)


def _body(track: Track, position: float) -> Box:
    """Where movement is the tracked person's own: head and shoulders. What is below may hide who sits in front."""
    return track.predicted_box(position).widened(across=0.6, up=0.5, down=0.8)
