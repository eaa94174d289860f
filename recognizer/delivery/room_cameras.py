"""The errand that writes which cameras the room has."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

from recognizer.domain.ports.delivery import RoomCamera, RoomCameraBoard, RoomCameraMemory

WRITE_EVERY_SECONDS = 60.0
"""A person may have ended a camera that is there all the same."""

log = logging.getLogger(__name__)


class RoomCamerasErrand:
    """Adds the cameras of the configuration, and ends those that an earlier start of this recognizer had added.

    Cameras that others have added are left alone: another machine may watch the same room. What was written is kept
    on disk afterwards; where that fails it is tried again.
    """

    name = "writing which cameras the room has"

    def __init__(
        self,
        board: RoomCameraBoard,
        memory: RoomCameraMemory,
        cameras: Collection[RoomCamera],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board = board
        self._memory = memory
        self._cameras = frozenset(cameras)
        self._monotonic = monotonic
        self._kept = memory.load()
        self._write_at = float("-inf")
        self._complaint = ""

    def once(self) -> int:
        """See ``Errand.once``."""
        if self._monotonic() < self._write_at:
            return 0
        changed = self._board.record(self._cameras, self._kept - self._cameras)
        self._write_at = self._monotonic() + WRITE_EVERY_SECONDS
        if self._kept != self._cameras:
            self._keep()
        return changed

    def _keep(self) -> None:
        try:
            self._memory.save(self._cameras)
        except OSError as error:
            if str(error) != self._complaint:
                log.warning("the room's cameras cannot be kept on disk: %s", error)
            self._complaint = str(error)
        else:
            self._kept, self._complaint = self._cameras, ""
