"""The parent's writer: runs its errands to the database in turn.

It runs in a thread of its own, so that a database that hangs never keeps a sighting from the outbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from recognizer.delivery.errand import Errand
from recognizer.errors import RecognizerError
from recognizer.ops.backoff import BackOff, draw_share

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 5.0

_TURN_SECONDS = 0.5

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Task:
    """An errand, and how it fares."""

    errand: Errand
    is_told: Callable[[str], bool]
    """Whether an error need not be said again."""
    back_off: BackOff = field(default_factory=lambda: BackOff(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, draw_share))
    complaint: str = ""
    has_complained: bool = False

    def once(self, monotonic: Callable[[], float]) -> tuple[int, str]:
        """One batch: how much was done, and why it failed if it did."""
        try:
            done = self.errand.once()
        except RecognizerError as error:
            return 0, self._complain(str(error), monotonic())
        except Exception as error:
            # A fault of ours in one errand must not stop the others.
            log.exception("%s failed", self.errand.name, extra={"event": "errand fails", "errand": self.errand.name})
            self.back_off.fail(monotonic())
            return 0, repr(error)
        if self.has_complained:
            log.info("%s goes on", self.errand.name, extra={"event": "errand goes on", "errand": self.errand.name})
        self.complaint, self.has_complained = "", False
        self.back_off.succeed()
        return done, ""

    def _complain(self, error: str, now: float) -> str:
        self.back_off.fail(now)
        if error != self.complaint:
            self.complaint = error
            if not self.is_told(error):
                self.has_complained = True
                log.warning(
                    "%s has to wait: %s",
                    self.errand.name,
                    error,
                    extra={"event": "errand waits", "errand": self.errand.name},
                )
        return error


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one turn did: how much of each errand, and what failed, by the errands' names."""

    done: Mapping[str, int]
    errors: Mapping[str, str]


class Delivery:
    """Runs errands: ``once`` is one turn, one batch of each; ``start`` and ``finish`` turn in a thread.

    One that fails waits for itself alone. One with a long backlog gives way to the others after every batch.

    is_told: says whether an error is known and need not be said by each errand that meets it.
    """

    def __init__(
        self,
        errands: Sequence[Errand],
        monotonic: Callable[[], float] = time.monotonic,
        is_told: Callable[[str], bool] = lambda error: False,
    ) -> None:
        self._tasks = [_Task(errand, is_told) for errand in errands]
        self._monotonic = monotonic
        self._wake = threading.Event()
        self._is_last = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.turned_at = monotonic()
        """When the last errand's batch ended, monotonic; one that hangs leaves it behind."""
        self.has_turned = False
        """Whether every errand has been tried."""

    def wake(self) -> None:
        """Say that there is something to do: it is done at once, not at the next turn."""
        self._wake.set()

    def start(self) -> None:
        """Turn in a thread until ``finish``."""
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """Do what is left, whatever failed before, and end; whether that was done in the time given.

        A turn that hangs in the database is left behind: what it has is in the outbox still.
        """
        self._is_last.set()
        self._wake.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def once(self) -> Delivered:
        """One batch of each errand, as far as it is time for it."""
        done, errors = {}, {}
        for task in self._tasks:
            if self._is_last.is_set() or task.back_off.is_time(self._monotonic()):
                count, error = task.once(self._monotonic)
                if count:
                    done[task.errand.name] = count
                if error:
                    errors[task.errand.name] = error
                self.turned_at = self._monotonic()
        self.turned_at, self.has_turned = self._monotonic(), True
        return Delivered(done, errors)

    def _run(self) -> None:
        while True:
            self._wake.wait(_TURN_SECONDS)
            self._wake.clear()
            # Looked at before the turn: what was put before the last one was asked for is seen by it.
            is_last = self._is_last.is_set()
            delivered = self.once()
            if is_last and not delivered.done:
                return
            if delivered.done:
                self._wake.set()
