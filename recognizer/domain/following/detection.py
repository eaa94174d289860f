"""What a camera delivers and what is found in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.geometry import Box

Image = NDArray[np.uint8]
"""(height, width, 3) uint8, RGB, C-contiguous."""

Encodings = NDArray[np.float32]
"""(n, 128) float32: dlib's encodings, one a row."""

Encoding = NDArray[np.float32]
"""(128,) float32."""

Light = Literal["dark", "dim", "good", "glaring"]
"""How well lit a picture is, as a person would say it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One captured image.

    ``captured_at`` is naive UTC. ``position_seconds`` never runs backwards within one camera process: monotonic
    time for a live stream, stream time for a file played fast; intervals are taken from it, never from the clock.
    ``late_seconds``: how much longer than others of its stream it was on its way, as far as the stream tells.
    """

    image: Image
    captured_at: datetime
    position_seconds: float
    late_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Detection:
    """A face found in one frame; ``confidence`` is the detector's own, comparable within one detector only."""

    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a frame to search for faces from ``smallest`` to ``largest`` pixels wide; None means of any width.

    The box should reach half a face's width farther on every side than the faces do: detectors judge by what is around
    a face, too.
    """

    box: Box
    smallest: float
    largest: float | None = None

    def covers(self, box: Box) -> bool:
        """Whether a look here would find a face in that box, if a detector can find it at all."""
        x, y = box.centre
        inside = self.box.left <= x < self.box.right and self.box.top <= y < self.box.bottom
        return inside and self.smallest <= box.width and (self.largest is None or box.width <= self.largest)


@dataclass(frozen=True, slots=True)
class Quality:
    """What a face's picture is worth for an encoding: ``score`` from 0 (worthless) to 1, comparable between frames.

    ``refusal`` tells an admin in words why the face must not be encoded, such as "too small"; None where it may be.
    """

    score: float
    refusal: str | None = None

    @property
    def is_good(self) -> bool:
        return self.refusal is None


def fingerprint(image: Image) -> bytes:
    """32 bytes that two pictures have in common only where they are the same to the last pixel."""
    return sha256(repr(image.shape).encode() + image.tobytes()).digest()
