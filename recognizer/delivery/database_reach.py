"""Whether the database answers, since when, and why not."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from recognizer.errors import NO_ANSWER
from recognizer.ops.wording import describe_span

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reach:
    """answers: None before it was asked. since: monotonic seconds. error: why it does not, as it was told first."""

    answers: bool | None
    since: float
    error: str = ""


class DatabaseReach:
    """Is told by whoever asks the database every few seconds, and says in the log when it goes away and comes back."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.now = Reach(None, monotonic())

    def note_answer(self) -> None:
        """The database has answered."""
        before = self.now
        if before.answers:
            return
        self.now = Reach(True, self._monotonic())
        if before.answers is False:
            log.info(
                "the database answers again, after %s",
                describe_span(self.now.since - before.since),
                extra={"event": "database back", "seconds": round(self.now.since - before.since)},
            )

    def note_error(self, error: str) -> None:
        """It was asked in vain; an error that does not begin with NO_ANSWER is an answer too."""
        if not error.startswith(NO_ANSWER):
            self.note_answer()
        elif self.now.answers is not False:
            self.now = Reach(False, self._monotonic(), error)
            # Some servers end what they say with a full stop.
            told = error.rstrip(".")
            log.warning("%s; what is seen waits in the outbox", told, extra={"event": "database away"})

    def explains(self, error: str) -> bool:
        """Whether it is away for this very reason, which need not be told again."""
        return self.now.answers is False and self.now.error == error
