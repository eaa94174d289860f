"""What a program made of a classroom clip, judged by the clip's truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.classroom.truth import Appearance, Role, Truth
from recognizer.domain.following.geometry import Box

LEAST_IOU = 0.3
"""From which a named box is the face of whom the truth has there."""

SEEN_PIXELS = 80
MOST_COVERED = 0.3
"""A student is first seen with the first frame in which their face is as large, not away and no more hidden."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A face that was given a student's number."""

    frame: int
    box: Box
    number: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """marked: numbers of the students named rightly at least once, of ``students``.

    named_strangers: those given any student's name. misnamed: students given another's. seconds_to_mark: of each
    student seen large, from then to the first right naming; of one never named, to the end of the clip.
    """

    students: int
    marked: frozenset[str]
    named_strangers: frozenset[str]
    misnamed: frozenset[str]
    seconds_to_mark: dict[str, float]

    @property
    def marked_share(self) -> float:
        return len(self.marked) / self.students if self.students else 0.0

    def seconds_percentile(self, percentile: float) -> float:
        """Of the seconds to a mark; 0 where no student was seen large."""
        return float(np.percentile(list(self.seconds_to_mark.values()), percentile)) if self.seconds_to_mark else 0.0


class Owners:
    """Whose face is where in a clip."""

    def __init__(self, truth: Truth) -> None:
        self._there: dict[int, list[tuple[Role, Appearance]]] = defaultdict(list)
        for role in truth.roles:
            for appearance in role.appearances:
                self._there[appearance.frame].append((role, appearance))

    def of(self, box: Box, frame: int) -> Role | None:
        """The person whose face overlaps the box most in that frame; None where none does enough."""
        overlap, role = max(
            ((appearance.box.iou(box), role) for role, appearance in self._there[frame]),
            key=lambda entry: entry[0],
            default=(0, None),
        )
        return role if overlap >= LEAST_IOU else None


def judge(namings: Iterable[Naming], truth: Truth) -> Judgement:
    """A naming belongs to the person whose face overlaps its box most in that frame; one of no face is disregarded."""
    owners = Owners(truth)
    first_named: dict[str, int] = {}
    strangers, misnamed = set(), set()
    for naming in sorted(namings, key=lambda naming: naming.frame):
        owner = owners.of(naming.box, naming.frame)
        if owner is None:
            continue
        if owner.number is None:
            strangers.add(owner.name)
        elif owner.number == naming.number:
            first_named.setdefault(owner.number, naming.frame)
        else:
            misnamed.add(owner.number)
    seconds = {}
    for role in truth.students:
        seen = first_seen(role)
        if seen is not None and role.number is not None:
            named = max(first_named.get(role.number, truth.frames), seen)
            seconds[role.number] = (named - seen) / truth.frames_per_second
    return Judgement(len(truth.students), frozenset(first_named), frozenset(strangers), frozenset(misnamed), seconds)


def first_seen(role: Role) -> int | None:
    """The frame in which they are seen large, uncovered and looking this way for the first time."""
    return next(
        (
            appearance.frame
            for appearance in role.appearances
            if appearance.face_pixels >= SEEN_PIXELS and not appearance.is_away and appearance.covered <= MOST_COVERED
        ),
        None,
    )
