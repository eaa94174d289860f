"""Many registers that are due at once, as after a night without a database: several processes close them."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime, timedelta
from multiprocessing import get_context

import django
from django.utils import timezone

from portal.attendance.models import ClassSession
from portal.attendance.services.closing import close_each, due_sessions, logger

PROCESSES = 2

BATCH = 20
"""Class sessions that a process takes at a time."""

FEWEST = 60
"""For fewer, the start of the processes does not pay: see ``benchmarks.closing --sessions 60``."""


def close_due_at_once(*, limit: int | None, after: timedelta) -> tuple[int, int]:
    """As ``close_due``, for a program of its own: by several processes where many registers are due."""
    now = timezone.now()
    due = due_sessions(None, now, limit=limit, after=after)
    if len(due) < FEWEST:
        return close_each(due, now, after)
    # Spawned, not forked: a connection to the database must not be shared.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        batches = [due[start : start + BATCH] for start in range(0, len(due), BATCH)]
        answers = [
            (len(batch), pool.submit(_close_batch, [each.pk for each in batch], now, after)) for batch in batches
        ]
        counts = [_counts(size, answer) for size, answer in answers]
    return sum(done for done, _ in counts), sum(failed for _, failed in counts)


def _close_batch(keys: list[int], now: datetime, after: timedelta) -> tuple[int, int]:
    rows = ClassSession.objects.in_bulk(keys)
    return close_each([rows[key] for key in keys if key in rows], now, after)


def _counts(size: int, answer: Future[tuple[int, int]]) -> tuple[int, int]:
    """What a batch came to; all of it failed where its process was killed."""
    try:
        return answer.result()
    except BrokenProcessPool:
        logger.error("%s registers could not be closed: the process that was to close them has ended", size)
        return 0, size
