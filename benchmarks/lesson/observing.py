"""What a pipeline encoded, and which track each encoding went to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.domain.following.attention import Attention
from recognizer.domain.following.detection import Detection, Encoding, Encodings, Frame, Image, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.track import Track
from recognizer.domain.ports.camera import Encoder, Motion


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One encoding of a track, of the face in that box at that position in seconds."""

    track_id: int
    box: Box
    position_seconds: float
    encoding: Encoding


class Observer(Attention):
    """A pipeline's attention, and its encoder too: between them they see what it encodes, and its tracks."""

    def __init__(self, motion: Motion, smallest_face_pixels: int, encoder: Encoder) -> None:
        super().__init__(motion, smallest_face_pixels)
        self._encoder = encoder
        self._new: list[tuple[Box, Encoding]] = []
        self._position = 0.0
        self.encoded: list[Encoded] = []

    def regions(self, frame: Frame, tracks: Sequence[Track]) -> list[Region]:
        """See ``Attention.regions``."""
        owners = {track.box: track.id for track in tracks if track.encoded_at == self._position}
        for box, encoding in self._new:
            if box in owners:
                self.encoded.append(Encoded(owners[box], box, self._position, encoding))
        self._new, self._position = [], frame.position_seconds
        return super().regions(frame, tracks)

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        """See ``Encoder.encode``."""
        encodings = self._encoder.encode(image, detections)
        self._new = [(detection.box, row) for detection, row in zip(detections, encodings, strict=True)]
        return encodings
