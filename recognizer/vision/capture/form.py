"""Form: the codec, size and rate of an RTSP stream, as the camera describes it.

Where somebody sets another size while a stream runs, OpenCV goes on in the first one: it stretches every later picture,
and tells nobody. The camera tells, to whoever asks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from recognizer.config.addresses import Address
from recognizer.vision.capture.rtsp_answer import describe_media

ASKED_EVERY_SECONDS = 5.0
_ANSWER_SECONDS = 2.0

MOST_CHANGES = 3
WITHIN_SECONDS = 120.0
"""A camera whose description changes more often describes its stream otherwise now and then, and streams as before. To
open it anew each time would cost more than it helps."""

REST_SECONDS = 1800.0
"""So long such a camera is not asked. What somebody has set meanwhile is noticed then."""

log = logging.getLogger(__name__)


class FormWatch:
    """Asks a camera now and then, in a thread of its own, whether its stream still has the form that it had."""

    def __init__(self, name: str, address: Address) -> None:
        self._name, self._address = name, address
        self._has_changed, self._stopping = threading.Event(), threading.Event()
        threading.Thread(target=self._run, name="form", daemon=True).start()

    def take_change(self) -> bool:
        """Whether the form has changed since this was last asked."""
        has_changed = self._has_changed.is_set()
        self._has_changed.clear()
        return has_changed

    def stop(self) -> None:
        """Ask no more."""
        self._stopping.set()

    def _run(self) -> None:
        form, changes = self._ask(), deque[float](maxlen=MOST_CHANGES)
        rest_seconds = ASKED_EVERY_SECONDS
        while not self._stopping.wait(rest_seconds):
            rest_seconds = ASKED_EVERY_SECONDS
            now = self._ask()
            if now and form and now != form:
                changes.append(time.monotonic())
                self._has_changed.set()
                if len(changes) == MOST_CHANGES and changes[-1] - changes[0] < WITHIN_SECONDS:
                    log.info("camera %s: it describes its stream otherwise again and again", self._name)
                    rest_seconds = REST_SECONDS
            form = now or form

    def _ask(self) -> tuple[str, ...]:
        try:
            return describe_media(self._address, _ANSWER_SECONDS)
        except (OSError, ValueError):
            # Its stream tells better than this whether it is there.
            return ()
