"""What is done with the database again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

BATCH = 50
BATCH_SECONDS = 2.0
"""A batch ends at either: on a slow database the other errands have their turn too."""

_Item = TypeVar("_Item")


class Errand(Protocol):
    """One thing to do: ``once`` is one batch of it."""

    name: str
    """What is being done, for the log."""

    def once(self) -> int:
        """Do one batch, if it is time for one; how much was done, 0 for nothing.

        Raises RegisterUnavailable where the database fails: it is tried again, after growing waits.
        """


def take_batch(
    items: Sequence[_Item], deliver: Callable[[_Item], None], monotonic: Callable[[], float] = time.monotonic
) -> int:
    """Deliver one item after the other until the time for a batch is over; how many were."""
    until = monotonic() + BATCH_SECONDS
    for count, item in enumerate(items, start=1):
        deliver(item)
        if monotonic() >= until:
            return count
    return len(items)
