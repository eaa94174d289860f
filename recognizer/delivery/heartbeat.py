"""The heart: the last word of every camera, put on the board again and again, so that silence means trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from recognizer.domain.ports.delivery import StatusBoard
from recognizer.domain.register.status import CameraState, CameraStatus, CameraWord, Condition
from recognizer.ops.clock import Clock

BEAT_EVERY_SECONDS = 5.0


class Heartbeat:
    """The errand that posts what the cameras say: every five seconds, and as soon as one changes its state.

    Each beat asks the database for its time first, and sets the clock by it; so does each turn in which that is not
    known.
    """

    name = "reporting the cameras"

    def __init__(
        self,
        board: StatusBoard,
        *,
        clock: Clock,
        condition: Callable[[], Condition],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board = board
        self._clock = clock
        self._condition = condition
        self._monotonic = monotonic
        self._words: Sequence[CameraWord] = ()
        self._beat_at = float("-inf")
        self._states: list[tuple[str, CameraState]] = []
        self._since: dict[str, tuple[float, datetime]] = {}
        """Of each camera when it came to its state: monotonic, and the instant that was written of it."""

    def report(self, words: Sequence[CameraWord]) -> bool:
        """Note what to say at the next beat; whether a camera has another state, so that it should be soon."""
        is_news = [word.state for word in words] != [word.state for word in self._words]
        self._words = tuple(words)
        return is_news

    def once(self) -> int:
        """See ``Errand.once``; 1 where it has beaten, or has learnt what time it is: others wait for that."""
        words, now = self._words, self._monotonic()
        states = [(word.camera_name, word.state) for word in words]
        is_time = bool(words) and (states != self._states or now - self._beat_at >= BEAT_EVERY_SECONDS)
        if not is_time and self._clock.is_known:
            return 0
        self._clock.measure(self._board.now)
        if not is_time:
            return 1
        self._board.post(self._statuses(words))
        self._beat_at, self._states = now, states
        return 1

    def _statuses(self, words: Sequence[CameraWord]) -> list[CameraStatus]:
        now, offset, condition = self._clock.now(), self._clock.offset, self._condition()
        return [
            CameraStatus(
                camera_name=word.camera_name,
                state=word.state,
                reported_at=now,
                last_frame_at=word.last_frame_at,
                version=condition.version,
                outbox_depth=condition.outbox_depth,
                gallery_size=condition.gallery_size,
                refused_marks=condition.refused_marks,
                kept_in_memory=condition.kept_in_memory,
                clock_offset_seconds=None if offset is None else offset.total_seconds(),
                state_since=self._note_since(word, now),
                looks_per_second=word.looks_per_second,
                faces=word.faces,
                gallery_version=condition.gallery_version,
                gallery_scope=condition.gallery_scope,
                last_error=word.last_error or condition.gallery_error or None,
            )
            for word in words
        ]

    def _note_since(self, word: CameraWord, now: datetime) -> datetime:
        """When the camera came to its state: written once, as soon as the database's time is known, and then kept."""
        noted = self._since.get(word.camera_name)
        if noted is not None and noted[0] == word.changed_at:
            return noted[1]
        since = now - timedelta(seconds=self._monotonic() - word.changed_at)
        if self._clock.is_known:
            self._since[word.camera_name] = (word.changed_at, since)
        return since
