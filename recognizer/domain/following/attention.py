"""Attention: where in a frame to look for faces, and for which, so that little work finds everybody soon.

Full sweeps find whoever sits still. Between them only what may have news is looked at: the tracks that need more
encodings or were just missed, and the parts of the scene that moved without a track to explain it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from recognizer.domain.following.detection import Frame, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.track import SEATED_PACE, Track
from recognizer.domain.ports.camera import Motion

SWEEP_SECONDS = 9.0
"""How often the whole frame is searched, however still the room is: students sit still."""

SMALL_SWEEP_SECONDS = 30.0
"""How often it is searched for faces below COMMON_PIXELS as well, which costs one and a half sweeps."""

LEFT_TO_SWEEPS = 0.88
"""Down to this share of COMMON_PIXELS faces are left to the other sweeps: they find most of them, and are three times
as frequent."""

COMMON_PIXELS = 80
"""The width from which detectors find faces in an image that is not enlarged."""

CHANGED_ROOM = 0.4
"""The share of the frame whose change calls for a sweep at once: the light went on, or somebody moved the camera."""

SOONEST_SWEEP_SECONDS = 2.0

CHANGE_SWEEPS_PER_SECOND = 0.12
MOST_SAVED_SWEEPS = 0.4
"""What looking at changes may cost, in sweeps (a frame's pixels at the size that COMMON_PIXELS asks for), and how much
of it is saved up at the most; a change that would cost more is left to the next sweep."""

FIRST_LOOK = 1.25
"""How many times COMMON_PIXELS the faces are wide that a large change is first searched for: it is two thirds of the
work, so that more places are looked at soon. Then come faces of COMMON_PIXELS, and then those below."""

LEAST_HEADS = 4
"""Somebody who moves is at least so many faces wide or high, body and all."""

SAME_CHANGE_SECONDS = 1.0
"""A part that was looked at in vain is left alone so long, twice as long after the next time, and so on until the next
sweep: a curtain moves all day."""

UNKNOWN_WALK = 1.25
MOST_SEATED_SLACK = 0.5
MOST_SLACK = 1.0
"""How many widths farther than half a width around its predicted place a face is looked for."""

GROWTH = 1.16
MISSED_GROWTH = 1.33
"""By how much a face's width may be off what its track says: one size of the picture shows the first, two the other."""


class Attention:
    """Decides for one camera. The same frames and tracks give the same regions."""

    def __init__(self, motion: Motion, smallest_face_pixels: int) -> None:
        self._motion = motion
        self._smallest = smallest_face_pixels
        has_small = smallest_face_pixels < LEFT_TO_SWEEPS * COMMON_PIXELS
        self._common = COMMON_PIXELS if has_small else smallest_face_pixels
        self._swept_at = -math.inf
        self._swept_for_small_at: float | None = None
        self._allowance = MOST_SAVED_SWEEPS
        self._allowed_at = 0.0
        self._recent: list[tuple[float, Box]] = []

    def regions(self, frame: Frame, tracks: Sequence[Track]) -> list[Region]:
        """What to look at in this frame; nothing where all that could be seen is known already."""
        position = frame.position_seconds
        height, width = frame.image.shape[:2]
        whole = Box(0, width, height, 0)
        changes = self._motion.changes(frame, [_body(track, position) for track in tracks])
        chosen = self._sweeps(whole, sum(change.area for change in changes), position)
        is_swept = bool(chosen) and chosen[0].largest is None
        for track in tracks:
            predicted = track.predicted_box(position)
            if track.is_due(position) and not any(region.covers(predicted) for region in chosen):
                near = predicted.widened(1.0, 1.0, 1.0)
                is_amid_change = any(change.intersection(near) for change in changes)
                chosen.append(_around(track, predicted, position, is_amid_change))
        if not is_swept:
            chosen += self._changed(changes, whole, position)
        self._motion.looked_at([region.box for region in chosen if region.largest is None])
        return chosen

    def _sweeps(self, whole: Box, changed_area: int, position: float) -> list[Region]:
        since = position - self._swept_at
        is_new_scene = changed_area > CHANGED_ROOM * whole.area and since >= SOONEST_SWEEP_SECONDS
        if since >= SWEEP_SECONDS or is_new_scene:
            self._swept_at = position
            self._recent.clear()
            return [Region(whole, self._common)]
        # Not together with a full sweep: the frames after it must not wait for both.
        if self._swept_for_small_at is None:
            # At the start most come in: by the middle of the first interval there are more to be found.
            self._swept_for_small_at = position - SMALL_SWEEP_SECONDS / 2
        if self._smallest < self._common and position - self._swept_for_small_at >= SMALL_SWEEP_SECONDS:
            self._swept_for_small_at = position
            return [Region(whole, self._smallest, LEFT_TO_SWEEPS * self._common)]
        return []

    def _changed(self, changes: Sequence[Box], whole: Box, position: float) -> list[Region]:
        """Those changes that the allowance reaches for: the newest first, of those the largest."""
        saved = self._allowance + CHANGE_SWEEPS_PER_SECOND * (position - self._allowed_at)
        self._allowance, self._allowed_at = min(saved, MOST_SAVED_SWEEPS), position
        chosen = []
        for looks, change in sorted(self._due(changes, position), key=lambda due: due[0]):
            box = change.widened_by(self._smallest // 2).clipped(whole.height, whole.width)
            prices = [(self._sweeps_for(box, whole, smallest), smallest) for smallest in self._sizes(change, looks)]
            affordable = [price for price in prices if price[0] <= self._allowance]
            if affordable:
                work, smallest = affordable[0]
                self._allowance -= work
                self._recent.append((position, box))
                chosen.append(Region(box, smallest))
            elif looks == 0 and prices[-1][0] <= MOST_SAVED_SWEEPS:
                # Somebody new may stand there: save up for it rather than look again at what was looked at before.
                break
        return chosen

    def _due(self, changes: Sequence[Box], position: float) -> list[tuple[int, Box]]:
        """The changes to look at now, with how often their place was looked at in vain since the last sweep."""
        due = []
        for change in changes:
            looks = [at for at, box in self._recent if 2 * change.intersection(box) > change.area]
            if not looks or position - looks[-1] >= SAME_CHANGE_SECONDS * 2.0 ** (len(looks) - 1):
                due.append((len(looks), change))
        return due

    def _sweeps_for(self, box: Box, whole: Box, smallest: int) -> float:
        return box.area / whole.area * (COMMON_PIXELS / smallest) ** 2

    def _sizes(self, change: Box, looks: int) -> list[int]:
        """Which faces to look for in a change, as small as can be paid for: a head is a part of what moves. In a large
        change smaller ones are looked for only once larger ones were in vain."""
        across = min(change.width, change.height)
        order = (round(FIRST_LOOK * self._common), self._common, self._smallest)
        smallest = self._smallest if across < 2 * self._common else order[min(looks, 2)]
        sizes = {smallest, *(self._common * step // 2 for step in (2, 3, 4, 6))}
        most = max(smallest, self._common, across // LEAST_HEADS)
        return sorted(size for size in sizes if smallest <= size <= most)


def _around(track: Track, predicted: Box, position: float, is_amid_change: bool) -> Region:
    """Where the track's face should be, with room for what is not known of its way and its size."""
    slack = 0.1 * track.misses
    if track.hits == 1:
        # Seen once, it has no pace yet: where something moves besides, it may well be walking.
        slack += UNKNOWN_WALK if is_amid_change else 0.25
    elif track.pace < SEATED_PACE:
        slack = min(slack, MOST_SEATED_SLACK)
    else:
        # A step is not quite like the one before.
        slack = min(MOST_SLACK, 0.3 * track.pace * min(position - track.seen_at, 1.0) + 0.25 * track.misses)
    box = predicted.widened(0.5 + slack, 0.5 + slack, 0.5 + slack)
    # The size is known to a sixth only: where a face was just missed it may have been shown too large or too small.
    may_be_misjudged = track.misses == 1 and not (track.is_answered or is_amid_change)
    growth = MISSED_GROWTH if may_be_misjudged else GROWTH
    return Region(box, predicted.width / growth, predicted.width * growth)


def _body(track: Track, position: float) -> Box:
    """Where movement is the tracked person's own: head and shoulders. What is below may hide who sits in front."""
    return track.predicted_box(position).widened(across=0.6, up=0.5, down=0.8)
