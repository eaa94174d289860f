"""Transactions that are repeated after an error that passes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, connection, transaction

PASSING = frozenset({1020, 1205, 1213, 2006, 2013})
"""Errors of MySQL that a new transaction may not meet: the row changed meanwhile, a lock was not given in time,
a deadlock, and the connection was lost before or during a statement."""

_LOST = frozenset({2006, 2013})
_WAITS = (0.05, 0.2, 0.5)
"""Seconds before the second, third and fourth attempt; drawn at random around these, so that two who met do not
meet again."""

Answer = TypeVar("Answer")


def repeat_transaction(work: Callable[[], Answer]) -> Answer:
    """The answer of ``work``, which is called in a transaction of its own, committed when it returns.

    After an error of ``PASSING`` the whole transaction is undone and ``work`` is called anew in a fresh one, four
    times at the most; then the last error is raised. A lost connection may hide a commit that succeeded, so ``work``
    must read what it decides by within itself. Inside a transaction that the caller has begun, ``work`` is called
    once and its error is raised: such an error undoes the caller's part as well, so only the caller can repeat it.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    waits = iter(_WAITS)
    while True:
        try:
            with transaction.atomic():
                return work()
        except (DatabaseError, InterfaceError) as error:
            code = error_code(error)
            wait = next(waits, None) if code in PASSING else None
            if code in _LOST:
                connection.close()
            if wait is None:
                raise
        time.sleep(wait * random.uniform(0.5, 1.5))


def error_code(error: Exception) -> int | None:
    """The number of a MySQL error; None for others."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else None
