"""The errand that holds the room's lease, so that one recognizer alone watches it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from recognizer.delivery.database_reach import DatabaseReach
from recognizer.delivery.errand import Errand
from recognizer.domain.ports.lease import Lease, LeaseBoard
from recognizer.errors import RegisterUnavailable

LEASE_SECONDS = 45.0
"""How long a lease lasts after it was renewed: another recognizer has it less than a minute after a power cut."""

RENEW_EVERY_SECONDS = 5.0

FIRST_ANSWER_SECONDS = 10.0
"""How long a start waits for the database to say whose the room is: after that it is taken for away."""

log = logging.getLogger(__name__)


class RoomLeaseErrand:
    """Takes the lease and renews it; ``may_watch`` says whether this recognizer is to watch the room.

    While the database is away nobody can be asked, and the recognizer watches: it may have the lease still, and two
    that watch write no row twice. One that was told that another has the room waits until that lease must have expired.

    reach: is told whether the database answers, which this errand finds out within seconds.
    """

    name = "asking whose the room is"

    def __init__(
        self,
        board: LeaseBoard,
        room_name: str,
        monotonic: Callable[[], float] = time.monotonic,
        reach: DatabaseReach | None = None,
    ) -> None:
        self._board = board
        self._room_name = room_name
        self._reach = reach or DatabaseReach(monotonic)
        self._monotonic = monotonic
        self._started_at = monotonic()
        self._ask_at = float("-inf")
        self._has_asked = self._has_answer = self._is_leaving = False
        self._other: Lease | None = None
        self._heard_at = 0.0

    @property
    def may_watch(self) -> bool:
        """Whether to watch the room now."""
        if self._other is not None:
            return False
        return self._has_asked or self._monotonic() - self._started_at >= FIRST_ANSWER_SECONDS

    @property
    def waits_because(self) -> str:
        """Who watches the room instead, in words; empty where this recognizer may."""
        other = self._other
        return "" if other is None else f"waiting: {describe_lease(self._room_name, other)}"

    @property
    def other(self) -> Lease | None:
        """Whose the room is instead; None where it is this recognizer's, or nobody could say."""
        return self._other

    @property
    def is_decided(self) -> bool:
        """Whether it is known by now if this recognizer watches, or nobody could say for long enough."""
        return self.may_watch or self._other is not None

    def leave(self) -> None:
        """Give the lease back at the next turn, and take it no more: the end has come."""
        self._is_leaving = True

    def once(self) -> int:
        """See ``Errand.once``; 1 where ``may_watch`` has changed."""
        if self._is_leaving:
            return self._release()
        now = self._monotonic()
        if now < self._ask_at:
            return 0
        before = self.may_watch
        try:
            other = self._board.take(is_start=not self._has_answer)
        except RegisterUnavailable as error:
            self._reach.note_error(str(error))
            self._go_on_unasked(now)
            raise
        self._reach.note_answer()
        self._ask_at, self._heard_at = now + RENEW_EVERY_SECONDS, now
        self._has_asked = self._has_answer = True
        self._tell(other)
        self._other = other
        return int(self.may_watch != before)

    def _go_on_unasked(self, now: float) -> None:
        self._has_asked = True
        if self._other is not None and now - self._heard_at >= LEASE_SECONDS:
            log.warning(
                'whether another recognizer still watches room "%s" cannot be asked: this one does',
                self._room_name,
                extra={"event": "lease unknown"},
            )
            self._other = None

    def _release(self) -> int:
        if self._has_answer and self._other is None:
            self._board.release()
        self._has_answer = False
        return 0

    def _tell(self, other: Lease | None) -> None:
        if other is not None and self._other is None:
            log.warning(
                "%s; this one waits, and delivers what it has seen",
                describe_lease(self._room_name, other),
                extra={"event": "lease waits"},
            )
        elif other is None and self._other is not None:
            log.info('this recognizer watches room "%s" now', self._room_name, extra={"event": "lease taken"})


def describe_lease(room_name: str, lease: Lease) -> str:
    """Who watches a room, and since when."""
    since = f"{lease.held_since:%Y-%m-%d %H:%M} UTC"
    return f'room "{room_name}" is watched by another recognizer, on the machine {lease.machine} since {since}'


class WatchersErrand:
    """An errand of the recognizer that watches the room: one that waits does not do it."""

    def __init__(self, errand: Errand, lease: RoomLeaseErrand) -> None:
        self.name = errand.name
        self._errand = errand
        self._lease = lease

    def once(self) -> int:
        """See ``Errand.once``."""
        return self._errand.once() if self._lease.may_watch else 0
