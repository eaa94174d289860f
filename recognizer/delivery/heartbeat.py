"""The heart: the last word of every camera, put on the board again and again, so that silence means trouble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from recognizer.domain.ports.delivery import StatusBoard
from recognizer.domain.register.status import CameraState, CameraStatus, CameraWord

BEAT_EVERY_SECONDS = 5.0


class Heartbeat:
    """Posts what the cameras say: every five seconds, and as soon as one changes its state."""

    def __init__(
        self,
        board: StatusBoard,
        *,
        version: str,
        gallery_size: int,
        outbox_depth: Callable[[], int],
        now: Callable[[], datetime],
    ) -> None:
        self._board = board
        self._version = version
        self._gallery_size = gallery_size
        self._outbox_depth = outbox_depth
        self._now = now
        self._beat_at = float("-inf")
        self._states: list[tuple[str, CameraState]] = []

    def beat(self, words: Sequence[CameraWord], monotonic: float) -> bool:
        """Post the words if it is time; whether it was. Raises RegisterUnavailable, and then tries again next time."""
        states = [(word.camera_name, word.state) for word in words]
        if states == self._states and monotonic - self._beat_at < BEAT_EVERY_SECONDS:
            return False
        now, depth = self._now(), self._outbox_depth()
        self._board.post(
            [
                CameraStatus(
                    camera_name=word.camera_name,
                    state=word.state,
                    reported_at=now,
                    last_frame_at=word.last_frame_at,
                    version=self._version,
                    outbox_depth=depth,
                    gallery_size=self._gallery_size,
                )
                for word in words
            ]
        )
        self._beat_at, self._states = monotonic, states
        return True
