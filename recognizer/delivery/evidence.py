"""The errand that takes what was seen of students to the register."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from recognizer.delivery.backlog import Backlog
from recognizer.delivery.errand import BATCH, take_batch
from recognizer.delivery.settling import settle
from recognizer.domain.ports.delivery import Receipt, Register
from recognizer.domain.register.evidence import Evidence
from recognizer.errors import MarkRefused
from recognizer.ops.clock import Clock

RETRY_EVERY_SECONDS = 3600.0
"""How often what was refused is tried again, beside every change of the schedule."""

log = logging.getLogger(__name__)


class EvidenceErrand:
    """Records what waits, the oldest first. What the register refuses is set aside and tried again now and then."""

    name = "writing what was seen"

    def __init__(
        self,
        backlog: Backlog,
        register: Register,
        *,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backlog = backlog
        self._register = register
        self._clock = clock
        self._monotonic = monotonic
        self._retry_at = float("-inf")
        self._complaints: set[tuple[object, ...]] = set()

    def retry_refused(self) -> None:
        """Try what was refused again at the next turn: a student may be known again by now."""
        self._retry_at = float("-inf")

    def once(self) -> int:
        """See ``Errand.once``. Nothing is done before the database has told its time, which the heartbeat asks for."""
        if not self._clock.is_known:
            return 0
        if self._monotonic() >= self._retry_at:
            self._retry_at = self._monotonic() + RETRY_EVERY_SECONDS
            self._backlog.retry()
        return take_batch(self._backlog.pending(Evidence, BATCH), self._deliver, self._monotonic)

    def _deliver(self, waiting: tuple[Receipt, Evidence]) -> None:
        receipt, evidence = waiting
        try:
            for entry in self._settled(evidence):
                self._register.record(entry)
        except MarkRefused as error:
            self._backlog.refuse(receipt, str(error))
            self._complain(evidence, error)
        else:
            self._backlog.done(receipt)

    def _settled(self, evidence: Evidence) -> list[Evidence]:
        """What is written of it. Where the clock was not known when it was seen, it is confirmed if it was right."""
        entries, are_sure = settle(evidence, self._clock)
        return [replace(each, is_confirmed=are_sure) for each in entries] if evidence.clock_setting else entries

    def _complain(self, evidence: Evidence, error: MarkRefused) -> None:
        complaint = (evidence.key, str(error))
        if complaint not in self._complaints:
            self._complaints.add(complaint)
            log.error(
                "what was seen of student %s in class session %s is set aside, the database refuses it: %s; "
                "see `recognizer outbox`",
                evidence.student_number,
                evidence.session_id,
                error,
                extra={"event": "entry set aside", "student": evidence.student_number, "session": evidence.session_id},
            )
