"""The parent's writer: outbox → register, the cameras' states → board, schedule → memory and disk.

It runs in a thread of its own, so that a database that hangs never keeps a sighting from the outbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from recognizer.delivery.heartbeat import Heartbeat
from recognizer.domain.ports.delivery import Outbox, Register, Schedule, ScheduleCopy
from recognizer.domain.register.attendance import ClassSession
from recognizer.domain.register.status import CameraWord
from recognizer.errors import MarkRefused, OutboxUnavailable, RegisterUnavailable

REFRESH_EVERY_SECONDS = 30.0
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 5.0

_TURN_SECONDS = 0.5
_BATCH = 50

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Errand:
    """Something done with the database again and again, after growing waits where it fails."""

    name: str
    retry_at: float = float("-inf")
    failures: int = 0
    complaint: str = ""

    def failed(self, error: Exception, now: float) -> None:
        self.retry_at = now + min(FIRST_WAIT_SECONDS * 2**self.failures, LONGEST_WAIT_SECONDS)
        self.failures = min(self.failures + 1, 10)
        if str(error) != self.complaint:
            self.complaint = str(error)
            log.warning("%s has to wait: %s", self.name, error)

    def succeeded(self) -> None:
        if self.complaint:
            log.info("%s goes on", self.name)
        self.retry_at, self.failures, self.complaint = float("-inf"), 0, ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one turn did."""

    marks: int = 0
    refused: int = 0
    is_schedule_new: bool = False
    has_beaten: bool = False
    errors: tuple[str, ...] = field(default=())


class Delivery:
    """Takes what waits to the database. ``once`` is one turn; ``start`` and ``finish`` turn it in a thread."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        register: Register,
        schedule: Schedule,
        schedule_copy: ScheduleCopy,
        heartbeat: Heartbeat,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._register = register
        self._schedule = schedule
        self._schedule_copy = schedule_copy
        self._heartbeat = heartbeat
        self._now = now
        self._monotonic = monotonic
        self._sessions = schedule_copy.load()
        self._refreshed_at = float("-inf")
        self._words: Sequence[CameraWord] = ()
        self._marks = _Errand("writing marks")
        self._reading = _Errand("reading the schedule")
        self._beating = _Errand("reporting the cameras")
        self._wake = threading.Event()
        self._is_last = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.turned_at = monotonic()
        """When the last turn ended, monotonic; one that hangs leaves it behind."""

    @property
    def sessions(self) -> Sequence[ClassSession]:
        """The schedule as last read, from the copy on disk where the database was not reached since the start."""
        return self._sessions

    def report(self, words: Sequence[CameraWord]) -> None:
        """Note what to say of the cameras at the next beat."""
        is_news = [word.state for word in words] != [word.state for word in self._words]
        self._words = tuple(words)
        if is_news:
            self._wake.set()

    def wake(self) -> None:
        """Say that an entry waits in the outbox: it is delivered at once, not at the next turn."""
        self._wake.set()

    def start(self) -> None:
        """Turn in a thread until ``finish``."""
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """Turn once more, whatever failed before, and end; whether that was done in the time given.

        A turn that hangs in the database is left behind: the marks it has are in the outbox still.
        """
        self._is_last.set()
        self._wake.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def once(self) -> Delivered:
        """Deliver marks, read the schedule, report the cameras; each as far as it is time for it and it works."""
        errors: list[str] = []
        counts = (0, 0)
        has_read = has_beaten = False
        now = self._monotonic()
        # Marks first, and a failure of the others does not delay them. Where marks cannot be written, nothing can.
        if self._is_time(self._marks, now):
            counts = self._attempt(self._marks, self._deliver, errors) or counts
        if not errors and self._is_time(self._reading, now) and now - self._refreshed_at >= REFRESH_EVERY_SECONDS:
            has_read = bool(self._attempt(self._reading, self._refresh, errors))
        if not errors and self._is_time(self._beating, now) and self._words:
            has_beaten = bool(self._attempt(self._beating, self._beat, errors))
        self.turned_at = self._monotonic()
        return Delivered(*counts, has_read, has_beaten, tuple(errors))

    def _run(self) -> None:
        while True:
            self._wake.wait(_TURN_SECONDS)
            self._wake.clear()
            # Looked at before the turn: what was put before the last one was asked for is seen by it.
            is_last = self._is_last.is_set()
            try:
                self.once()
            except Exception:
                log.exception("a turn of the delivery failed")
            if is_last:
                return

    def _is_time(self, errand: _Errand, now: float) -> bool:
        return now >= errand.retry_at or self._is_last.is_set()

    def _attempt(self, errand: _Errand, work: Callable[[], _Answer], errors: list[str]) -> _Answer | None:
        try:
            answer = work()
        except (RegisterUnavailable, OutboxUnavailable) as error:
            errand.failed(error, self._monotonic())
            errors.append(str(error))
            return None
        errand.succeeded()
        return answer

    def _deliver(self) -> tuple[int, int]:
        marks = refused = 0
        while batch := self._outbox.pending(_BATCH):
            for receipt, entry in batch:
                try:
                    self._register.record(entry)
                except MarkRefused as error:
                    log.error(
                        "the mark of student %s in class session %s is set aside, the portal refuses it: %s",
                        entry.student_number,
                        entry.session_id,
                        error,
                    )
                    self._outbox.refuse(receipt, str(error))
                    refused += 1
                else:
                    self._outbox.done(receipt)
                    marks += 1
        return marks, refused

    def _refresh(self) -> bool:
        sessions = self._schedule.sessions(self._now())
        self._refreshed_at = self._monotonic()
        if sessions == list(self._sessions):
            return False
        self._sessions = sessions
        log.info("the schedule has %d class sessions around today", len(sessions))
        try:
            self._schedule_copy.save(sessions)
        except OSError as error:
            log.warning("the schedule cannot be kept on disk: %s", error)
        return True

    def _beat(self) -> bool:
        return self._heartbeat.beat(self._words, self._monotonic())
