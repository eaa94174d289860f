"""The errand that writes when each camera could see, and when not."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.errand import BATCH, take_batch
from recognizer.domain.ports.delivery import Receipt, SightBoard
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan, Span
from recognizer.errors import MarkRefused
from recognizer.ops.clock import Clock

log = logging.getLogger(__name__)


class SightErrand:
    """Writes the spans that wait, the oldest first.

    A span of a time in which nobody knew how this machine's clock was set is not written: it would say of another hour
    that the camera could see, and somebody would be absent there. That time was not covered then.

    What was seen goes first: who was seen must not be absent meanwhile, by sight that came sooner.
    """

    name = "writing when the cameras could see"

    def __init__(
        self,
        backlog: Backlog,
        board: SightBoard,
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
        if not self._clock.is_known or self._backlog.pending(Evidence, 1):
            return 0
        found: list[tuple[Receipt, Span]] = [
            *self._backlog.pending(SightSpan, BATCH),
            *self._backlog.pending(BlindSpan, BATCH),
        ]
        return take_batch(found, self._deliver, self._monotonic)

    def _deliver(self, waiting: tuple[Receipt, Span]) -> None:
        receipt, span = waiting
        settled = self._settled(span)
        try:
            if settled is not None:
                self._board.record(settled)
        except MarkRefused as error:
            log.error(
                "a span of camera %s is set aside, the database refuses it: %s",
                span.camera_name,
                error,
                extra={"event": "entry set aside", "camera": span.camera_name},
            )
            self._backlog.refuse(receipt, str(error))
        else:
            self._backlog.done(receipt)

    def _settled(self, span: Span) -> Span | None:
        """The span as it is written; None where nobody knows when it was, and then it is forgotten."""
        if not span.clock_setting:
            return span
        offset = self._clock.offset_of(span.clock_setting)
        if offset is None:
            log.warning("a span of camera %s is not written: its clock was set since", span.camera_name)
            return None
        return replace(span, starts_at=span.starts_at + offset, ends_at=span.ends_at + offset, clock_setting="")
