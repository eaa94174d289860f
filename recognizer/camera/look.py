"""A look at a camera for a few seconds, to tell an admin what it shows: a part of ``recognizer check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from recognizer.domain.following.detection import Image, Light, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.ports.camera import Camera, Detector

LOOK_SECONDS = 4.0

SETTLING_SECONDS = 1.0
"""A network stream begins with frames that waited while it was opened; they come faster than the camera sends."""

MOST_PICTURES = 3
"""Kept of a look. Every picture is searched four times, as it is and turned."""

LEAST_SIGHTINGS = 2
"""A face counts where so many pictures show one: a pattern may look like a face in a single picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a look saw.

    pictures: one to MOST_PICTURES, spread over the look. frames_per_second: as measured; None of a single frame.
    """

    pictures: tuple[Image, ...]
    frames_per_second: float | None

    @property
    def is_still(self) -> bool:
        """Whether there are several pictures, and all are the same to the pixel."""
        first, *others = self.pictures
        return bool(others) and all(np.array_equal(first, other) for other in others)


@dataclass(frozen=True, slots=True, order=True)
class FacesFound:
    """Faces in pictures that were turned clockwise by ``turn`` degrees; the more, and the surer, the greater.

    A pattern that looks like a face upright is found with little confidence, and hides no camera that is turned.
    """

    faces: int
    confidence: float
    turn: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class CameraReport:
    """What a look is worth.

    width, height: in pixels, turned as configured. blind_because: "" where somebody could be seen, else a word of
    ``observation.BLIND_REASONS``. faces: how many were found at once in the pictures as they are; None where none were
    looked for. turn: degrees by which the pictures must be turned clockwise to find more, or any; 0 where they need not
    be. faces_turned: how many are found then. is_still: whether the pictures were the same to the pixel.
    """

    width: int
    height: int
    frames_per_second: float | None
    light: Light
    blind_because: str
    faces: int | None
    turn: int = 0
    faces_turned: int = 0
    is_still: bool = False


def take_look(camera: Camera, seconds: float = LOOK_SECONDS) -> Look | None:
    """Read frames for so long, or to the end of a file; None where there is no frame. Raises CameraError."""
    positions: list[float] = []
    pictures: list[Image] = []
    while frame := camera.read():
        positions.append(frame.position_seconds)
        passed = positions[-1] - positions[0]
        if len(pictures) < MOST_PICTURES and passed >= len(pictures) * seconds / MOST_PICTURES:
            pictures.append(frame.image)
        if passed >= seconds:
            break
    return Look(tuple(pictures), _rate(positions)) if pictures else None


def find_faces(detector: Detector, pictures: Sequence[Image], smallest_face_pixels: int) -> Iterator[FacesFound]:
    """What is found in the pictures as they are, then turned clockwise by 90, 180 and 270 degrees."""
    for degrees in (0, 90, 180, 270):
        turned = [np.ascontiguousarray(np.rot90(picture, -degrees // 90)) for picture in pictures]
        yield FacesFound(*_count_faces(detector, turned, smallest_face_pixels), degrees)


def _count_faces(detector: Detector, pictures: Sequence[Image], smallest_face_pixels: int) -> tuple[int, float]:
    """The most that LEAST_SIGHTINGS pictures show, or the only picture; and how sure the detector is of them."""
    found = [detector.detect(picture, [_whole(picture, smallest_face_pixels)]) for picture in pictures]
    counts = sorted(((len(faces), sum(face.confidence for face in faces)) for faces in found), reverse=True)
    return counts[min(LEAST_SIGHTINGS, len(counts)) - 1]


def _whole(picture: Image, smallest_face_pixels: int) -> Region:
    height, width = picture.shape[:2]
    return Region(Box(0, width, height, 0), smallest_face_pixels)


def _rate(positions: Sequence[float]) -> float | None:
    settled = [position for position in positions if position - positions[0] >= SETTLING_SECONDS]
    measured = settled if len(settled) > 1 else positions
    passed = measured[-1] - measured[0] if measured else 0.0
    return (len(measured) - 1) / passed if passed > 0 else None
