"""All that waits for the database: in the outbox's file, and in memory what the file does not take."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from recognizer.domain.ports.delivery import Fact, FactT, Outbox, Receipt
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.near_miss import NearMiss
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import OutboxUnavailable
from recognizer.ops.backoff import BackOff
from recognizer.ops.clock import utc_now

MOST_IN_MEMORY = 20_000
"""Facts, some 1 kB each. With 200 students in sight of four cameras an hour makes 800: a day and more of a full disk
without a database."""

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.2, 5.0

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kept:
    """A fact in memory."""

    receipt: Receipt
    fact: Fact
    reason: str = ""
    """Why the database refused it; empty while it waits."""


class Backlog:
    """The outbox, with memory beside it for a disk that is full or fails.

    At most MOST_IN_MEMORY facts are kept in memory. Of more, spans and near misses go first, for what no camera could
    see makes nobody absent, and a near miss marks nobody; what is lost is counted, and told as an ``OutboxFault``.

    Nothing here raises: while the file takes nothing, facts are kept in memory and delivered from there, and what was
    delivered out of the file is remembered, so that it is not delivered again and again. Both are put right as soon
    as the file works. Safe to use from several threads.
    """

    def __init__(
        self,
        outbox: Outbox,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._outbox = outbox
        self._monotonic = monotonic
        self._now = now
        self._fault: OutboxFault | None = None
        """What was lost since the file last took everything."""
        self._lock = threading.RLock()
        self._back_off = BackOff(_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS)
        """Of writing."""
        self._reading = BackOff(_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS)
        """A full disk can be read; a file that another program holds makes each attempt wait, and all who ask here."""
        self._memory: dict[tuple[object, ...], _Kept] = {}
        self._done: set[Receipt] = set()
        self._refused: dict[Receipt, str] = {}
        self._settled_up_to: dict[type[Fact], int] = {}
        """Of each class the id up to which all in the file was delivered or refused, though the file has it still."""
        # Ids of the file are positive.
        self._ids = itertools.count(-1, -1)
        self._depths = (0, 0)

    @property
    def kept_in_memory(self) -> int:
        """How many facts would be lost if the recognizer ended now."""
        return len(self._memory)

    def put(self, fact: Fact) -> None:
        """Keep the fact: in the file, or in memory until the file takes it."""
        with self._lock:
            if self._settle() and self._write(lambda: self._outbox.put(fact)):
                return
            if (type(fact), *fact.key) in self._memory or self._makes_room_for(fact):
                self._remember(fact)

    def pending(self, kind: type[FactT], limit: int) -> list[tuple[Receipt, FactT]]:
        """The oldest facts of that class with their receipts: those of the file first."""
        with self._lock:
            self._settle()
            found = self._pending_in_file(kind, limit)
            kept = [each for each in self._memory.values() if not each.reason]
            found += [(each.receipt, each.fact) for each in kept if isinstance(each.fact, kind)]
            return found[:limit]

    def done(self, receipt: Receipt) -> None:
        """Forget a delivered fact, unless it has grown since."""
        with self._lock:
            if receipt.id < 0:
                # The oldest are delivered first, so it is found soon.
                key = next((key for key, kept in self._memory.items() if kept.receipt == receipt), None)
                if key is not None:
                    del self._memory[key]
            elif not self._write(lambda: self._outbox.done(receipt)):
                self._done.add(receipt)

    def refuse(self, receipt: Receipt, reason: str) -> None:
        """Set a fact aside that the database does not take, with the reason."""
        with self._lock:
            if receipt.id < 0:
                for kept in self._memory.values():
                    if kept.receipt.id == receipt.id:
                        kept.reason = reason
            elif not self._write(lambda: self._outbox.refuse(receipt, reason)):
                self._refused[receipt] = reason

    def retry(self) -> int:
        """Let all that were set aside wait again; how many there were."""
        with self._lock:
            count = len([kept for kept in self._memory.values() if kept.reason]) + len(self._refused)
            for kept in self._memory.values():
                kept.reason = ""
            self._refused.clear()
            self._settled_up_to.clear()
            moved: list[int] = []
            self._write(lambda: moved.append(self._outbox.retry()))
            return count + sum(moved)

    def depth(self) -> int:
        """How many facts wait; of those in the file, as far as it was last readable."""
        with self._lock:
            waiting, _ = self._counts()
            return (
                waiting
                - len(self._done | self._refused.keys())
                + len([kept for kept in self._memory.values() if not kept.reason])
            )

    def refused(self) -> int:
        """How many facts were set aside."""
        with self._lock:
            _, refused = self._counts()
            return refused + len(self._refused) + len([kept for kept in self._memory.values() if kept.reason])

    def _remember(self, fact: Fact) -> None:
        key = (type(fact), *fact.key)
        kept = self._memory.get(key)
        if kept is None:
            self._memory[key] = _Kept(Receipt(next(self._ids), 1), fact)
        else:
            grown = Receipt(kept.receipt.id, kept.receipt.version + 1)
            self._memory[key] = _Kept(grown, _merged(kept.fact, fact))

    def _makes_room_for(self, fact: Fact) -> bool:
        """Whether another fact may be kept in memory; the one that may not, or goes instead, is counted as lost."""
        if len(self._memory) < MOST_IN_MEMORY:
            return True
        lesser = (key for key, kept in self._memory.items() if isinstance(kept.fact, SightSpan | BlindSpan | NearMiss))
        first = next(lesser, None) if isinstance(fact, Evidence) else None
        if first is not None:
            del self._memory[first]
        self._count_as_lost()
        return first is not None

    def _count_as_lost(self) -> None:
        fault = self._fault or OutboxFault(self._now(), "no room")
        self._fault = fault = replace(fault, entries_lost=fault.entries_lost + 1)
        self._remember(fault)
        if fault.entries_lost & (fault.entries_lost - 1) == 0:  # 1, 2, 4, 8, …
            log.error(
                "neither disk nor memory has room for what is seen: %d lost so far; make room on the disk",
                fault.entries_lost,
                extra={"event": "entries lost"},
            )

    def _pending_in_file(self, kind: type[FactT], limit: int) -> list[tuple[Receipt, FactT]]:
        """What waits in the file, page by page, without what is settled; a settled page is not read again."""
        found: list[tuple[Receipt, FactT]] = []
        after = self._settled_up_to.get(kind, 0)
        while len(found) < limit:
            page = self._read(partial(self._outbox.pending, kind, limit, after))
            if not page:
                break
            found += [each for each in page if each[0] not in self._done and each[0] not in self._refused]
            after = page[-1][0].id
            if not found:
                self._settled_up_to[kind] = after
        return found

    def _counts(self) -> tuple[int, int]:
        self._depths = self._read(lambda: (self._outbox.depth(), self._outbox.refused())) or self._depths
        return self._depths

    def _settle(self) -> bool:
        """Bring the file up to date with what could not be written into it; whether it is."""
        return not (self._memory or self._done or self._refused) or self._write(self._move)

    def _move(self) -> None:
        self._settled_up_to.clear()
        for receipt in list(self._done):
            self._outbox.done(receipt)
            self._done.discard(receipt)
        for receipt, reason in list(self._refused.items()):
            self._outbox.refuse(receipt, reason)
            del self._refused[receipt]
        for key, kept in list(self._memory.items()):
            # What was refused waits again: it is refused again if it must be.
            self._outbox.put(kept.fact)
            del self._memory[key]
        self._fault = None

    def _read(self, work: Callable[[], _Answer]) -> _Answer | None:
        """Read the file, unless that failed a moment ago; None where it cannot be read, which writing to it tells."""
        if not self._reading.is_time(self._monotonic()):
            return None
        try:
            answer = work()
        except OutboxUnavailable:
            self._reading.fail(self._monotonic())
            return None
        self._reading.succeed()
        return answer

    def _write(self, work: Callable[[], object]) -> bool:
        """Write to the file, unless it failed a moment ago; whether that worked."""
        if not self._back_off.is_time(self._monotonic()):
            return False
        had_failed = self._back_off.has_failed
        try:
            work()
        except OutboxUnavailable as error:
            self._back_off.fail(self._monotonic())
            if not had_failed:
                log.error(
                    "what is seen now is kept in memory only until it is in the database: %s",
                    error,
                    extra={"event": "outbox unavailable"},
                )
            return False
        if had_failed:
            log.info("the outbox takes what is seen again", extra={"event": "outbox back"})
        self._back_off.succeed()
        return True


def _merged(kept: Fact, fact: Fact) -> Fact:
    """One fact of two with the same class and key."""
    return kept.merged(fact)  # type: ignore[arg-type]
