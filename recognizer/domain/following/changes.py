"""Changes: which parts of the scene that moved are searched for somebody new, within an allowance of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.domain.following.detection import Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.sweeps import COMMON_PIXELS, common_pixels

CHANGE_SWEEPS_PER_SECOND = 0.18
"""The work that may be spent on changes, in sweeps a second. A sweep is a frame's pixels at the size that COMMON_PIXELS
asks for."""

MOST_SAVED_SWEEPS = 0.4
"""Unspent allowance is saved up to this many sweeps. A change that would cost more is left to the next sweep."""

FIRST_LOOK = 1.25
"""A large change is first searched for faces this many times COMMON_PIXELS wide: two thirds of the work, so that more
places are looked at soon. Then follow faces of COMMON_PIXELS, and then smaller ones."""

LEAST_HEADS = 4
"""A person who moves is at least this many faces wide or high, body and all."""

SAME_CHANGE_SECONDS = 1.0
"""A part that was searched in vain is left alone for this long, twice as long after the next time, and so on until the
next sweep: a curtain moves all day."""


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    box: Box


@dataclass(frozen=True, slots=True)
class _DueChange:
    """looks_in_vain: how often its place was searched since the last sweep."""

    box: Box
    looks_in_vain: int


class ChangedParts:
    """Chooses for one camera. The same changes give the same regions.

    smallest_face_pixels: the width of the smallest face to be found.
    """

    def __init__(self, smallest_face_pixels: int) -> None:
        self._smallest = smallest_face_pixels
        self._common = common_pixels(smallest_face_pixels)
        self._allowance = MOST_SAVED_SWEEPS
        self._allowed_at = 0.0
        self._looks: list[_Look] = []

    def forget_looks(self) -> None:
        """Look at everything anew, after a sweep."""
        self._looks.clear()

    def choose(self, changes: Sequence[Box], whole: Box, position_seconds: float) -> list[Region]:
        """The changes that the allowance suffices for: the newest first, and of those the largest.

        changes: the largest first.
        """
        self._save_up(position_seconds)
        chosen = []
        for change in sorted(self._due(changes, position_seconds), key=lambda due: due.looks_in_vain):
            box = change.box.widened_by(self._smallest // 2).clipped(whole.height, whole.width)
            sizes = self._sizes(change)
            affordable = [size for size in sizes if _work(box, whole, size) <= self._allowance]
            if affordable:
                self._allowance -= _work(box, whole, affordable[0])
                self._looks.append(_Look(position_seconds, box))
                chosen.append(Region(box, affordable[0]))
            elif change.looks_in_vain == 0 and _work(box, whole, sizes[-1]) <= MOST_SAVED_SWEEPS:
                # Somebody new may stand there: save up for it rather than look again at what was searched before.
                break
        return chosen

    def _save_up(self, position_seconds: float) -> None:
        saved = self._allowance + CHANGE_SWEEPS_PER_SECOND * (position_seconds - self._allowed_at)
        self._allowance, self._allowed_at = min(saved, MOST_SAVED_SWEEPS), position_seconds

    def _due(self, changes: Sequence[Box], position_seconds: float) -> list[_DueChange]:
        due = []
        for change in changes:
            looks = [look.at for look in self._looks if 2 * change.intersection(look.box) > change.area]
            if not looks or position_seconds - looks[-1] >= SAME_CHANGE_SECONDS * 2.0 ** (len(looks) - 1):
                due.append(_DueChange(change, len(looks)))
        return due

    def _sizes(self, change: _DueChange) -> list[int]:
        """The smallest faces that the change may be searched for, ascending: the smallest affordable one is taken.

        A head is a part of what moves. In a large change smaller faces are searched for only once larger ones were
        searched for in vain.
        """
        across = min(change.box.width, change.box.height)
        order = (round(FIRST_LOOK * self._common), self._common, self._smallest)
        smallest = self._smallest if across < 2 * self._common else order[min(change.looks_in_vain, 2)]
        sizes = {smallest, *(self._common * step // 2 for step in (2, 3, 4, 6))}
        most = max(smallest, self._common, across // LEAST_HEADS)
        return sorted(size for size in sizes if smallest <= size <= most)


def _work(box: Box, whole: Box, smallest: int) -> float:
    """What searching the box for faces of that width and wider costs, in sweeps."""
    return box.area / whole.area * (COMMON_PIXELS / smallest) ** 2
