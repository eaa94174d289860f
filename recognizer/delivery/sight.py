"""The errand that writes when each camera could see, and when not."""

from __future__ import annotations

import logging

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.errand import BATCH
from recognizer.domain.ports.delivery import Receipt, SightBoard
from recognizer.domain.register.observation import BlindSpan, SightSpan, Span
from recognizer.errors import MarkRefused

log = logging.getLogger(__name__)


class SightErrand:
    """Writes the spans that wait, the oldest first."""

    name = "writing when the cameras could see"

    def __init__(self, backlog: Backlog, board: SightBoard) -> None:
        self._backlog = backlog
        self._board = board

    def once(self) -> int:
        """See ``Errand.once``."""
        waiting: list[tuple[Receipt, Span]] = [
            *self._backlog.pending(SightSpan, BATCH),
            *self._backlog.pending(BlindSpan, BATCH),
        ]
        if not waiting:
            return 0
        try:
            self._board.record([span for _, span in waiting])
        except MarkRefused:
            # One of them, and the others with it: each for itself then.
            for receipt, span in waiting:
                self._deliver(receipt, span)
        else:
            for receipt, _ in waiting:
                self._backlog.done(receipt)
        return len(waiting)

    def _deliver(self, receipt: Receipt, span: Span) -> None:
        try:
            self._board.record([span])
        except MarkRefused as error:
            log.error("a span of camera %s is set aside, the database refuses it: %s", span.camera_name, error)
            self._backlog.refuse(receipt, str(error))
        else:
            self._backlog.done(receipt)
