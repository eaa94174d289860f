"""The faces of a class photo: found at full size, judged, and encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from recognizer.domain.following.detection import Encoding, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.ports.camera import Detector, Encoder, QualityGate

TILE_PIXELS = 1600
"""A larger photo is searched in tiles of this side, so that the memory of a search does not grow with the photo."""

LARGEST_IN_TILE = 250
"""Pixels. Tiles overlap by one and a half of such faces, so that each lies whole in one of them, with what is around
it. Larger faces are looked for in the photo as a whole."""

_OVERLAP = LARGEST_IN_TILE * 3 // 2


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFace:
    """One face of a class photo.

    photo: index of the photo. encoding: (128,) float32; None where the picture of the face is too poor to compare, and
    ``refusal`` says why, such as "too small".
    """

    photo: int
    box: Box
    encoding: Encoding | None
    refusal: str = ""


@dataclass(frozen=True)
class PhotoReader:
    """Reads class photos. smallest_face_pixels: the least width of a face to look for.

    read_photo gives a photo at full size, upright, and raises PhotoError.
    """

    read_photo: Callable[[Path], Image]
    detector: Detector
    encoder: Encoder
    gate: QualityGate
    smallest_face_pixels: int

    def find_faces(self, image: Image, photo: int) -> list[PhotoFace]:
        """The faces of one photo, (h, w, 3) uint8 RGB, from left to right."""
        height, width = image.shape[:2]
        found = self.detector.detect(image, [*regions_of(height, width, self.smallest_face_pixels)])
        found.sort(key=lambda face: face.box.centre)
        qualities = [self.gate.assess(image, face) for face in found]
        good = [face for face, quality in zip(found, qualities, strict=True) if quality.is_good]
        encodings = iter(self.encoder.encode(image, good))
        return [
            PhotoFace(photo, face.box, next(encodings))
            if quality.is_good
            else PhotoFace(photo, face.box, None, quality.refusal or "")
            for face, quality in zip(found, qualities, strict=True)
        ]


def regions_of(height: int, width: int, smallest: int) -> Iterator[Region]:
    """The tiles of a photo of that size, and where it has several the whole for faces too large for them."""
    tops, lefts = [*_starts(height)], [*_starts(width)]
    is_tiled = len(tops) > 1 or len(lefts) > 1
    for top in tops:
        for left in lefts:
            tile = Box(top, min(left + TILE_PIXELS, width), min(top + TILE_PIXELS, height), left)
            yield Region(tile, smallest, LARGEST_IN_TILE if is_tiled else None)
    if is_tiled:
        yield Region(Box(0, width, height, 0), LARGEST_IN_TILE)


def _starts(length: int) -> range:
    """Where tiles begin along a side."""
    return range(0, max(1, length - _OVERLAP), TILE_PIXELS - _OVERLAP)
