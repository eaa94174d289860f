"""Draining a stream: a thread that takes every frame off it, so that whoever asks is given the newest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from recognizer.domain.following.detection import Image
from recognizer.vision.capture.lateness import MOST_BEHIND_SECONDS, Lateness

CLOSING_SECONDS = 2.0

MOST_FAILURES = 10
"""A stream is over after so many failures in a row. One damaged part of an MJPEG stream fails one grab, and the next
works; a stream that has ended fails at once, again and again."""

CATCHING_UP_SECONDS = 1.0
"""A stream that is still behind after so long is read more slowly than it is sent."""


class UnreadableStream(Exception):
    """The stream gives no more frames, and not because it came to its end; the message says how it failed."""


class EmptyPicture(UnreadableStream):
    """A frame was damaged; the next may be whole."""


class Capture(Protocol):
    """What frames are taken off: cv2.VideoCapture, or pictures of our own reading."""

    def grab(self) -> bool:
        """Take the next frame; False where there is none."""

    def retrieve(self) -> tuple[bool, cv2.typing.MatLike | None]:
        """Decode the frame just taken, BGR."""

    def release(self) -> None:
        """Let go of the source."""


def image_of(capture: Capture) -> Image:
    """The picture of the frame just grabbed, (height, width, 3) uint8, BGR. Raises UnreadableStream."""
    got, image = capture.retrieve()
    # Not an assertion that never fails: a broken stream does give empty pictures, and says that all is well.
    if not got or image is None or image.size == 0:
        raise EmptyPicture("sends empty pictures")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise UnreadableStream(f"sends pictures of an unknown form, {image.shape} {image.dtype}")
    return image  # type: ignore[return-value]


class Drain:
    """Grabs frames from a capture in a thread of its own, the only one to touch it, and decodes those asked for.

    frames_per_second: the pace of a file; None for a live stream, which sets its own. reopen: opens the file anew at
    its end. rest_seconds: the least time between two frames that are given away. position: the stream time of the frame
    just grabbed, in seconds; None where a stream tells none.

    ``late_seconds`` is that of the frame given away last (``lateness``).
    """

    def __init__(
        self,
        capture: Capture,
        *,
        reopen: Callable[[], Capture] | None,
        frames_per_second: float | None,
        rest_seconds: float,
        position: Callable[[], float] | None = None,
    ) -> None:
        self._capture = capture
        self._reopen = reopen
        self._frame_seconds = None if frames_per_second is None else 1.0 / frames_per_second
        self._rest_seconds = rest_seconds
        self._position = position
        self._lateness = Lateness()
        self._behind_since: float | None = None
        self.late_seconds = 0.0
        self._changed = threading.Condition()
        self._is_wanted = False
        self._image: Image | None = None
        self._is_over = False
        self._failure: str | None = None
        self._stopping = threading.Event()
        # A daemon: a read that hangs for ever must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)
        self._thread.start()

    def newest(self, timeout_seconds: float) -> Image | None:
        """Wait for the next frame; None once the stream is over. Raises UnreadableStream when it failed or is stuck."""
        with self._changed:
            self._is_wanted = True
            if not self._changed.wait_for(lambda: self._image is not None or self._is_over, timeout_seconds):
                raise UnreadableStream(f"sent no frame for {timeout_seconds:g} seconds")
            image, self._image = self._image, None
            if image is None and self._failure is not None:
                raise UnreadableStream(self._failure)
            return image

    def stop(self, timeout_seconds: float = CLOSING_SECONDS) -> None:
        """End the thread, which releases the capture; one that hangs for so long is left behind."""
        self._stopping.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        failure: str | None = None
        try:
            self._drain()
        except UnreadableStream as problem:
            failure = str(problem)
        except Exception as problem:  # whatever it was, the reader must hear of it and not wait
            failure = f"broke off ({type(problem).__name__})"
        finally:
            self._capture.release()
            with self._changed:
                self._failure = failure
                self._is_over = True
                self._changed.notify_all()

    def _drain(self) -> None:
        rested_at = due_at = time.monotonic()
        frames_this_time = failures = empties = 0
        while not self._stopping.is_set():
            if not self._capture.grab():
                failures += 1
                if failures < MOST_FAILURES:
                    continue
                if frames_this_time == 0 and self._frame_seconds is not None:
                    raise UnreadableStream("holds no frame that can be read")
                if self._reopen is None:
                    return
                self._capture.release()
                self._capture, frames_this_time = self._reopen(), 0
                failures = 0
                continue
            failures = 0
            frames_this_time += 1
            late = 0.0 if self._position is None else self._lateness.note(self._position(), time.monotonic())
            if self._frame_seconds is not None:
                self._stopping.wait(due_at - time.monotonic())
                due_at += self._frame_seconds
            if self._is_wanted and time.monotonic() >= rested_at and not self._is_catching_up(late):
                rested_at = time.monotonic() + self._rest_seconds
                try:
                    self._hand_out(image_of(self._capture), late)
                    empties = 0
                except EmptyPicture:
                    empties += 1
                    if empties >= MOST_FAILURES:
                        raise

    def _is_catching_up(self, late_seconds: float) -> bool:
        """Whether newer frames are waiting behind a late one, as after this process was held up: they come at once."""
        now = time.monotonic()
        if late_seconds <= MOST_BEHIND_SECONDS:
            self._behind_since = None
            return False
        self._behind_since = now if self._behind_since is None else self._behind_since
        return now - self._behind_since < CATCHING_UP_SECONDS

    def _hand_out(self, image: Image, late_seconds: float) -> None:
        with self._changed:
            self._image, self.late_seconds, self._is_wanted = image, late_seconds, False
            self._changed.notify_all()
