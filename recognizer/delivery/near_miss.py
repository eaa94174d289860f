"""The errand that takes to the portal whom the cameras nearly named."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.errand import BATCH, take_batch
from recognizer.delivery.settling import settle
from recognizer.domain.ports.delivery import NearMissBoard, Receipt
from recognizer.domain.register.near_miss import NearMiss
from recognizer.errors import MarkRefused
from recognizer.ops.clock import Clock

log = logging.getLogger(__name__)


class NearMissErrand:
    """Records what waits, the oldest first.

    What was seen by a wrong clock is forgotten, and what was seen by one of which nobody knows how it was set.
    """

    name = "writing near misses"

    def __init__(
        self,
        backlog: Backlog,
        board: NearMissBoard,
        *,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backlog = backlog
        self._board = board
        self._clock = clock
        self._monotonic = monotonic

    def once(self) -> int:
        """See ``Errand.once``. Nothing is done before the database has told its time, which the heartbeat asks for."""
        if not self._clock.is_known:
            return 0
        return take_batch(self._backlog.pending(NearMiss, BATCH), self._deliver, self._monotonic)

    def _deliver(self, waiting: tuple[Receipt, NearMiss]) -> None:
        receipt, miss = waiting
        try:
            entries, are_sure = settle(miss, self._clock)
            for entry in entries if are_sure else ():
                self._board.record(entry)
        except MarkRefused as error:
            log.error(
                "a near miss of student %s in class session %s is set aside, the database refuses it: %s",
                miss.student_number,
                miss.session_id,
                error,
                extra={"event": "entry set aside", "student": miss.student_number, "session": miss.session_id},
            )
            self._backlog.refuse(receipt, str(error))
        else:
            self._backlog.done(receipt)
