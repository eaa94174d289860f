"""Form: the codec, size and rate of a network stream, as the camera tells whoever asks it now.

Where somebody sets another size while a stream runs, OpenCV goes on in the first one: it stretches every later picture,
and tells nobody. An RTSP camera describes its stream. Of motion JPEG the description has no size, and video over HTTP
has no description: such a source is opened once more for a moment.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

import cv2

from recognizer.config.addresses import Address
from recognizer.errors import CameraError
from recognizer.vision.capture.opening import Opening
from recognizer.vision.capture.rtsp_answer import describe_media

ASKED_EVERY_SECONDS = 5.0
OPENED_EVERY_SECONDS = 8.0
"""To open a source takes a hundred times as much as to ask for its description: of H.264 in MPEG-TS up to 0.05 of a
CPU-second, of motion JPEG 0.004 (see "PyAV in OpenCV's place" in benchmarks/README.md)."""

_ANSWER_SECONDS = 2.0

MOST_CHANGES = 3
WITHIN_SECONDS = 120.0
"""A camera whose description changes more often describes its stream otherwise now and then, and streams as before. To
open it anew each time would cost more than it helps. What is another stream indeed does not count."""

REST_SECONDS = 1800.0
"""So long such a camera is not asked. What somebody has set meanwhile is noticed then."""

Form = tuple[str, ...]
"""Differs where the form does; empty where nobody knows."""

log = logging.getLogger(__name__)


class DescribedForm:
    """The form of an RTSP stream. Of motion JPEG nobody knows it before ``note_opened``: some cameras serve one viewer
    at a time, and whoever is to watch comes first."""

    def __init__(self, address: Address, opening: Opening) -> None:
        self._address, self._opening = address, opening
        self._size: Form = ()
        self._open_at = float("inf")

    def note_opened(self, form: Form) -> None:
        """The source was opened, and is of this form now, as ``form_of`` tells it."""
        self._size, self._open_at = form, time.monotonic() + OPENED_EVERY_SECONDS

    def __call__(self) -> Form:
        """Ask the camera. Raises as ``describe_media`` does."""
        form = describe_media(self._address, _ANSWER_SECONDS)
        if not any("JPEG" in line or line.endswith(" 26") for line in form):
            return form
        if time.monotonic() >= self._open_at:
            self._open_at = time.monotonic() + OPENED_EVERY_SECONDS
            self._size = form_when_opened(self._opening) or self._size
        return (*form, *self._size) if self._size else ()


def form_when_opened(opening: Opening) -> Form:
    """Size and codec of what a source sends to whoever opens it now; nothing where it serves no further viewer."""
    try:
        capture = opening.open()
    except CameraError:
        return ()
    try:
        return form_of(capture)
    finally:
        capture.release()


def form_of(capture: cv2.VideoCapture) -> Form:
    """Size and codec of an open source."""
    asked = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FOURCC)
    return tuple(f"{capture.get(each):.0f}" for each in asked)


class FormWatch:
    """Asks a camera now and then, in a thread of its own, whether its stream still has the form that it had.

    first: the form that it has now, as ``ask`` tells it; where there is none the camera is asked for it at once.
    """

    def __init__(self, name: str, ask: Callable[[], Form], seconds: float, first: Form = ()) -> None:
        self._name, self._ask_camera, self._seconds = name, ask, seconds
        self._has_changed, self._stopping = threading.Event(), threading.Event()
        self._changes = deque[float](maxlen=MOST_CHANGES)
        """When the form last changed, without that of the stream."""
        threading.Thread(target=self._run, args=(first,), name="form", daemon=True).start()

    def take_change(self) -> bool:
        """Whether the form has changed since this was last asked."""
        has_changed = self._has_changed.is_set()
        self._has_changed.clear()
        return has_changed

    def confirm(self) -> None:
        """The stream has another size or codec indeed: somebody is setting the camera, and may go on."""
        self._changes.clear()

    def stop(self) -> None:
        """Ask no more."""
        self._stopping.set()

    def _run(self, first: Form) -> None:
        form = first or self._ask()
        rest_seconds = self._seconds
        while not self._stopping.wait(rest_seconds):
            rest_seconds = self._seconds
            now = self._ask()
            if now and form and now != form:
                self._changes.append(time.monotonic())
                self._has_changed.set()
                if self._is_unsteady():
                    log.info("camera %s: it describes its stream otherwise again and again", self._name)
                    rest_seconds = REST_SECONDS
            form = now or form

    def _is_unsteady(self) -> bool:
        # A copy: whoever confirms a change does so in another thread.
        changes = [*self._changes]
        return len(changes) == MOST_CHANGES and changes[-1] - changes[0] < WITHIN_SECONDS

    def _ask(self) -> Form:
        try:
            return self._ask_camera()
        except (OSError, ValueError):
            # Its stream tells better than this whether it is there.
            return ()
