"""What the core asks of the outside world. Adapters live in ``vision`` and ``storage``; ``bootstrap`` chooses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from recognizer.domain.attendance import ClassSession, MarkEntry
from recognizer.domain.detection import Detection, Encodings, Frame, Image, Quality, Region
from recognizer.domain.gallery import Gallery
from recognizer.domain.geometry import Box
from recognizer.domain.status import CameraStatus


class Camera(Protocol):
    """A source of frames."""

    def read(self) -> Frame | None:
        """The newest frame not yet returned, waiting for one if need be; None once the source has ended.

        Raises CameraError when the stream is dead: the camera must then be closed and opened anew.
        """

    def close(self) -> None:
        """Let go of the source; safe to call twice."""


class Detector(Protocol):
    """Finds faces. One object per thread: dlib's are not safe to share."""

    def detect(self, image: Image, regions: Sequence[Region] | None = None) -> list[Detection]:
        """Faces in the image, largest confidence first, each once; boxes may reach past the image's edge.

        Without regions the whole image is searched for faces of the configured size and more, as exactly as the engine
        can. With regions it is searched there alone, as cheaply as the engine can: the same faces, in boxes whose size
        may be off by a sixth, and those near the limits of a region's sizes may be missing.
        """


class Encoder(Protocol):
    """Turns faces into encodings."""

    def encode(self, image: Image, detections: Sequence[Detection]) -> Encodings:
        """(n, 128) float32, one row per detection, in their order; no detections give (0, 128)."""


class Aligner(Protocol):
    """Cuts faces out as encoders see them."""

    def chips(self, image: Image, detections: Sequence[Detection]) -> list[Image]:
        """An upright (150, 150, 3) picture of each face, in their order."""


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


class Register(Protocol):
    """All marks of all class sessions, as the portal shows them."""

    def record(self, entry: MarkEntry) -> None:
        """Insert the mark, or widen the seen-times of the camera's own; a person's mark is left alone.

        Raises RegisterUnavailable (try again later) or MarkRefused (never will).
        """


class Schedule(Protocol):
    """The class sessions of this room."""

    def sessions(self, now: datetime) -> list[ClassSession]:
        """Those not cancelled that end after a day before now and start before a week after it.

        Raises RegisterUnavailable when it cannot be read.
        """


class ScheduleCopy(Protocol):
    """The schedule as it was last read, kept where it outlives a restart."""

    def load(self) -> list[ClassSession]:
        """What was kept; nothing where there is no copy that can be read."""

    def version(self) -> object:
        """Something that differs once another copy was saved; costs next to nothing."""

    def save(self, sessions: Sequence[ClassSession]) -> None:
        """Replace the copy. Raises OSError."""


class Inspection(Protocol):
    """Questions to the database that leave nothing behind; each raises RegisterUnavailable where there is no answer."""

    def migrations(self) -> tuple[list[str], list[str]]:
        """The migrations that are missing, and those that this release does not know."""

    def missing_rights(self) -> list[str]:
        """What the recognizer would not be allowed to do."""

    def rooms(self) -> list[str]:
        """The rooms that the portal knows."""

    def now(self) -> datetime | None:
        """The time of the database's machine, naive UTC; None where it has none of its own."""


class StatusBoard(Protocol):
    """Where the portal reads how the cameras are."""

    def post(self, statuses: Sequence[CameraStatus]) -> None:
        """Replace the last word of each of these cameras.

        Raises RegisterUnavailable when it cannot be written.
        """


class Outbox(Protocol):
    """Marks confirmed but not yet in the register; survives a crash and a power cut."""

    def put(self, entry: MarkEntry) -> None:
        """Keep the entry durably before returning; a later entry for the same mark takes the place of the earlier."""

    def pending(self, limit: int) -> list[tuple[int, MarkEntry]]:
        """The oldest entries with their receipts."""

    def done(self, receipt: int) -> None:
        """Forget a delivered entry, unless a newer one took its place meanwhile."""

    def refuse(self, receipt: int, reason: str) -> None:
        """Set an entry aside that the register will never take, with the reason; it is kept, not delivered."""

    def depth(self) -> int:
        """How many entries wait."""


class GalleryStore(Protocol):
    """Where the gallery is kept."""

    def load(self) -> Gallery:
        """The enrolled gallery; an empty one before the first was saved. Raises GalleryError."""

    def version(self) -> object:
        """Something that differs once another gallery was saved; costs next to nothing."""

    def save(self, gallery: Gallery) -> None:
        """Put the gallery in place of the one before, wholly or not at all. Raises GalleryError."""

    def held(self, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Keep other writers out for a block; ``on_wait`` is called once if another must end first."""
