"""What looks at a camera's frames: first whether anybody could be seen, then who is."""

from __future__ import annotations

from recognizer.camera.gallery_refresh import RefreshedPipeline
from recognizer.domain.following.detection import Frame
from recognizer.domain.ports.camera import Blindness
from recognizer.domain.register.attendance import Sighting


class CameraWatcher:
    """See ``process.Watcher``: a camera is blind by its pictures, or for want of a gallery to name by."""

    def __init__(self, blindness: Blindness, pipeline: RefreshedPipeline) -> None:
        self._blindness = blindness
        self._pipeline = pipeline

    @property
    def faces(self) -> int:
        """How many faces are in sight."""
        return self._pipeline.faces_in_sight

    def blind_because(self, frame: Frame) -> str:
        """Why nobody can be seen and named in this frame; empty where somebody can."""
        return self._blindness.reason(frame) or self._pipeline.blind_because(frame)

    def step(self, frame: Frame) -> list[Sighting]:
        """The students identified in this frame."""
        return self._pipeline.step(frame)
