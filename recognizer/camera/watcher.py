"""What looks at a camera's frames: first whether anybody could be seen, then who is."""

from __future__ import annotations

import time
from collections.abc import Callable

from recognizer.camera.gallery_refresh import RefreshedPipeline
from recognizer.camera.pipeline import MOST_AT_ONCE, Pipeline
from recognizer.domain.following.detection import Frame
from recognizer.domain.ports.camera import Blindness
from recognizer.domain.register.attendance import Sighting

LONG_SECONDS = 0.8
"""After a look that took longer, the next ones encode fewer faces: what is seen must not be two seconds old before it
is told. After one that took less than half of it, they encode more."""

FEWEST_AT_ONCE, MORE_AT_ONCE = 8, 4
"""Fewer than these would leave a full room unnamed on a machine that is slow enough for few looks as well."""


class CameraWatcher:
    """See ``process.Watcher``: a camera is blind by its pictures, or for want of a gallery to name by.

    unhurried: the pipeline itself where frames come in their own time: on a slow machine a full room is then worked off
    over more looks, so that none takes long. None where frames wait to be looked at.
    """

    def __init__(
        self,
        blindness: Blindness,
        pipeline: RefreshedPipeline,
        unhurried: Pipeline | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._blindness = blindness
        self._pipeline = pipeline
        self._unhurried = unhurried
        self._monotonic = monotonic
        self._is_frozen = False

    @property
    def faces(self) -> int:
        """How many faces are in sight."""
        return self._pipeline.faces_in_sight

    def blind_because(self, frame: Frame) -> str:
        """Why nobody can be seen and named in this frame; empty where somebody can."""
        reason = self._blindness.reason(frame)
        was_frozen, self._is_frozen = self._is_frozen, reason == "frozen"
        if was_frozen and not self._is_frozen:
            self._pipeline.forget_tracks()
        return reason or self._pipeline.blind_because(frame)

    def step(self, frame: Frame) -> list[Sighting]:
        """The students identified in this frame: nobody in one that stands still. Whoever left meanwhile would be seen
        in it for as long as it stands, and every face would be one that never changes, like a photo's."""
        if self._is_frozen:
            return []
        begun_at = self._monotonic()
        sightings = self._pipeline.step(frame)
        if self._unhurried is not None:
            self._limit(self._unhurried, self._monotonic() - begun_at)
        return sightings

    def _limit(self, pipeline: Pipeline, took_seconds: float) -> None:
        if took_seconds > LONG_SECONDS:
            pipeline.most_at_once = max(FEWEST_AT_ONCE, pipeline.most_at_once // 2)
        elif took_seconds < LONG_SECONDS / 2:
            pipeline.most_at_once = min(MOST_AT_ONCE, pipeline.most_at_once + MORE_AT_ONCE)
