"""Form: the codec, size and rate of an RTSP stream, as the camera describes it.

Where somebody sets another size while a stream runs, OpenCV goes on in the first one: it stretches every later picture,
and tells nobody. The camera tells, to whoever asks.
"""

from __future__ import annotations

import logging
import threading

from recognizer.config.addresses import Address
from recognizer.vision.capture.rtsp_answer import describe_media

ASKED_EVERY_SECONDS = 5.0
_ANSWER_SECONDS = 2.0

MOST_CHANGES = 3
"""A camera that describes its stream otherwise each time it is asked is not asked any more."""

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
        form, changes = self._ask(), 0
        while changes < MOST_CHANGES and not self._stopping.wait(ASKED_EVERY_SECONDS):
            now = self._ask()
            if not now:
                continue
            # In a row: a setting that somebody changes is described alike from then on.
            changes = changes + 1 if form and now != form else 0
            if changes:
                self._has_changed.set()
            form = now
        if changes == MOST_CHANGES:
            log.info("camera %s: it describes its stream otherwise each time; it is not asked any more", self._name)

    def _ask(self) -> tuple[str, ...]:
        try:
            return describe_media(self._address, _ANSWER_SECONDS)
        except (OSError, ValueError):
            # Its stream tells better than this whether it is there.
            return ()
