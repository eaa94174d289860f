"""What a camera's process needs: frames, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from recognizer.domain.following.detection import Detection, Encodings, Frame, Image, Quality, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.surroundings import Movement, Surroundings


class Camera(Protocol):
    """A source of frames."""

    def read(self) -> Frame | None:
        """The newest frame not yet returned, waiting for one if need be; None once the source has ended.

        Raises CameraError when the stream is dead: the camera must then be closed and opened anew.
        """

    def close(self) -> None:
        """Let go of the source; safe to call twice."""


class Blindness(Protocol):
    """Judges a camera's pictures one after the other."""

    def reason(self, frame: Frame) -> str:
        """Why nobody can be seen by this picture and those before it, a word of BLIND_REASONS; empty where one can."""


class Detector(Protocol):
    """Finds faces. One object per thread: dlib's are not safe to share."""

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Faces in the image, largest confidence first, each once; boxes may reach past the image's edge.

        Without regions the whole image is searched for faces of the configured size and more, as exactly as the engine
        can. With regions only these are searched, as cheaply as the engine can: the size of a box may then be off by a
        sixth, and faces near the limits of a region's sizes may be missing.
        """


class Encoder(Protocol):
    """Makes encodings of faces."""

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        """(n, 128) float32, one row per detection, in their order; no detections give (0, 128)."""


class Aligner(Protocol):
    """Cuts faces out as encoders see them."""

    def chips(self, image: Image, detections: Sequence[Detection]) -> list[Image]:
        """An upright (150, 150, 3) picture of each face, in their order."""


class SurroundingsReader(Protocol):
    """Reads what is around a face, and how it moves."""

    def take(self, image: Image, box: Box) -> Surroundings:
        """The face in the box with what is around it."""

    def movement(self, earlier: Surroundings, image: Image) -> Movement | None:
        """From the earlier picture to this one; None where the face is not found again near its place."""


class Motion(Protocol):
    """Knows what has changed in the scene since it was last looked at."""

    def changes(self, frame: Frame, explained: Sequence[Box]) -> list[Box]:
        """The parts of the frame that changed, save inside the boxes ``explained``; the largest change first."""

    def looked_at(self, boxes: Sequence[Box]) -> None:
        """Note that these parts of the last frame were searched for faces."""


class QualityGate(Protocol):
    """Keeps faces out that would make a poor encoding."""

    def assess(self, image: Image, detection: Detection) -> Quality:
        """The worth of this face's picture, and the reason it is refused, if it is."""


class Covering(Protocol):
    """Knows masks and dark glasses."""

    def find_cover(self, image: Image, detection: Detection) -> str:
        """What of the face is covered, "mouth" or "eyes"; "" where nothing is."""
