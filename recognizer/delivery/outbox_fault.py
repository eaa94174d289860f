"""The errand that tells the portal what could not be kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.errand import BATCH, take_batch
from recognizer.domain.ports.delivery import OutboxFaultBoard, Receipt
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import MarkRefused

log = logging.getLogger(__name__)


class OutboxFaultErrand:
    """Writes the faults that wait, the oldest first."""

    name = "telling what could not be kept"

    def __init__(
        self, backlog: Backlog, board: OutboxFaultBoard, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._backlog = backlog
        self._board = board
        self._monotonic = monotonic

    def once(self) -> int:
        """See ``Errand.once``."""
        return take_batch(self._backlog.pending(OutboxFault, BATCH), self._deliver, self._monotonic)

    def _deliver(self, waiting: tuple[Receipt, OutboxFault]) -> None:
        receipt, fault = waiting
        try:
            self._board.record(fault)
        except MarkRefused as error:
            log.error(
                "the fault of the outbox is set aside, the database refuses it: %s",
                error,
                extra={"event": "entry set aside"},
            )
            self._backlog.refuse(receipt, str(error))
        else:
            self._backlog.done(receipt)
