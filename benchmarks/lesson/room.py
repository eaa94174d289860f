"""The composed room: everybody sits in their place, looks up and away, and has another face each time.

It stands for the camera, the detector, the quality gate and the encoder of a pipeline. What follows them is the
recognizer's own.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.lesson.casting import Attendee
from recognizer.domain.following.detection import Detection, Encoding, Encodings, Frame, Image, Quality, Region
from recognizer.domain.following.geometry import Box

MOMENT_SHARE = 0.39
"""What the encodings of one moment scatter, as a share of what the person's photos do: a camera adds that to them. On a
rendered clip of ten minutes a person's encodings scatter 1.39 times as much as the photos that it shows (README.md)."""

FACING_SECONDS, ATTENTION = (2.5, 8.0), (0.6, 1.6)
"""So long somebody looks up, times the attention of the person; as in a rendered clip."""

AWAY_SECONDS = (1.3, 4.3)

FACE_PIXELS, SEAT_PIXELS, SEATS_A_ROW = 100, 500, 45
"""Neighbours sit too far apart to be taken for each other: that is not what is measured here."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """somebody looks up from then on until then, and shows that moment."""

    begins_at: float
    ends_at: float
    moment: int


class Person:
    """One attendee in their seat for the whole lesson."""

    def __init__(self, attendee: Attendee, seat: int, seconds: float, random: np.random.Generator) -> None:
        row, place = divmod(seat, SEATS_A_ROW)
        top, left = row * SEAT_PIXELS + FACE_PIXELS, place * SEAT_PIXELS + FACE_PIXELS
        self.attendee = attendee
        self.box = Box(top, left + FACE_PIXELS, top + FACE_PIXELS, left)
        self._random = random
        self._looks = _write_looks(len(attendee.moments), seconds, random)
        self._begins = [look.begins_at for look in self._looks]

    def moment(self, seconds: float) -> int | None:
        """Which of their moments the camera sees; None while they look away."""
        look = self._looks[max(0, bisect.bisect_right(self._begins, seconds) - 1)]
        return look.moment if look.begins_at <= seconds < look.ends_at else None

    def encode(self, seconds: float) -> Encoding:
        """An encoding of the moment: its photo's, off by what two photos of the person differ in, only less."""
        one, other = self._random.choice(len(self.attendee.moments), 2, replace=False)
        off = (self.attendee.moments[one] - self.attendee.moments[other]) * np.float32((MOMENT_SHARE / 2) ** 0.5)
        return np.asarray(self.attendee.moments[self.moment(seconds) or 0] + off, np.float32)


class ComposedRoom:
    """``now`` is the position of the frame that is looked at."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = {person.box: person for person in people}
        rows = -(-len(people) // SEATS_A_ROW)
        # One byte stands for all the pixels: nobody looks at them.
        size = (rows * SEAT_PIXELS, SEATS_A_ROW * SEAT_PIXELS, 3)
        self.image: Image = np.broadcast_to(np.uint8(0), size)
        self.now = 0.0
        self._random = np.random.default_rng(len(people))

    def changes(self, frame: Frame, explained: Sequence[Box]) -> list[Box]:
        """Nobody comes or goes."""
        self.now = frame.position_seconds
        return []

    def looked_at(self, boxes: Sequence[Box]) -> None:
        """No change, no note of it."""

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Whoever looks up where the look goes."""
        return [
            Detection(box, 1.0)
            for box, person in self.people.items()
            if any(region.covers(box) for region in regions or ()) and person.moment(self.now) is not None
        ]

    def assess(self, image: Image, detection: Detection) -> Quality:
        """As good as on rendered clips."""
        return Quality(float(self._random.beta(2.0, 2.1)))

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        """Of each face as it is now."""
        rows = [self.people[detection.box].encode(self.now) for detection in detections]
        return np.stack(rows) if rows else np.empty((0, 128), np.float32)


def _write_looks(moments: int, seconds: float, random: np.random.Generator) -> list[_Look]:
    attention = random.uniform(*ATTENTION)
    looks, at, moment = [], 0.0, int(random.integers(moments))
    while at < seconds:
        until = at + attention * random.uniform(*FACING_SECONDS)
        looks.append(_Look(at, until, moment))
        at = until + random.uniform(*AWAY_SECONDS)
        moment = int((moment + random.integers(1, moments)) % moments)
    return looks
