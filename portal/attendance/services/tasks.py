"""The queue of tasks: to ask for work, to take it, to say how far it is.

A claim is a conditional UPDATE, which works on every release of MySQL and MariaDB and on SQLite. A worker renews its
claim while it reports progress; one that was killed falls silent, and its task is taken again. So work must be safe to
begin anew: what it writes is one transaction, with the fact that it is written in it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.utils import timezone

from portal.accounts.acting import acting_for
from portal.accounts.models import Account
from portal.attendance.models import Task
from portal.attendance.services.work import WORK
from portal.web.languages import speaking_to

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)
"""A worker that says nothing for so long is gone."""

RENEWALS = 60
"""Each for a third of the claim: so often a worker that tells no progress, as during one long statement, is believed to
be at work."""

MOST_ATTEMPTS = 3
"""A task that has ended its worker so often is not begun again."""

_TELL_EVERY_SECONDS = 0.5
KEPT_FOR = timedelta(days=30)


class Interrupted(BaseException):
    """The worker is to end, or another has taken the task: nothing more is done, and what is open is undone."""


def ask(name: str, asked_by: Account | None = None, total: int | None = None, **arguments: Any) -> Task:
    """Put a task into the queue."""
    assert name in WORK, name
    return Task.objects.create(name=name, asked_by=asked_by, total=total, arguments=arguments)


class Progress:
    """Is told how much of a task is done; renews the claim, and raises Interrupted where the work is to stop.

    Within a transaction it writes through a connection of its own, so that others see it. SQLite has one writer: there
    it keeps silent meanwhile.
    """

    def __init__(self, task: Task, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self.task, self.is_stopping = task, is_stopping
        self._told_at = time.monotonic()
        self._own: BaseDatabaseWrapper | None = None

    def __call__(self, done: int) -> None:
        if self.is_stopping():
            raise Interrupted
        if time.monotonic() - self._told_at < _TELL_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        if not self._tell(done):
            raise Interrupted

    def expect(self, total: int) -> None:
        """So much is to be done, as the work has found out by now."""
        Task.objects.filter(pk=self.task.pk, token=self.task.token).update(total=total)

    def close(self) -> None:
        """Close the connection of its own."""
        if self._own:
            self._own.close()
            self._own = None

    def _tell(self, done: int) -> bool:
        until = timezone.now() + CLAIM
        if not connection.in_atomic_block:
            mine = Task.objects.filter(pk=self.task.pk, token=self.task.token)
            return bool(mine.update(done=done, claimed_until=until))
        if connection.vendor == "sqlite":
            return True
        self._own = self._own or connection.copy()
        with self._own.cursor() as cursor:
            cursor.execute(
                "UPDATE task SET done = %s, claimed_until = %s WHERE id = %s AND token = %s",
                [done, self._own.ops.adapt_datetimefield_value(until), self.task.pk, self.task.token],
            )
            return bool(cursor.rowcount == 1)


def take_task(now: datetime | None = None) -> Task | None:
    """Claim the oldest task that waits, or that its worker has left; None where there is none."""
    now = now or timezone.now()
    left = Q(state=Task.State.RUNNING, claimed_until__lt=now)
    for task in Task.objects.filter(Q(state=Task.State.WAITING) | left).order_by("pk")[:10]:
        same = Task.objects.filter(pk=task.pk, state=task.state, token=task.token, claimed_until=task.claimed_until)
        token = secrets.token_hex(16)
        values = {"state": Task.State.RUNNING, "token": token, "claimed_until": now + CLAIM, "started_at": now}
        if same.update(attempts=F("attempts") + 1, **values):
            return Task.objects.get(pk=task.pk)
    return None


def do_task(task: Task, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Do a claimed task, and write down how it ended. What is wrong with a file is not a failure of its task."""
    if task.attempts > MOST_ATTEMPTS:
        _finish(task, Task.State.FAILED, f"It was begun {MOST_ATTEMPTS} times, and its worker ended each time.")
        return
    progress = Progress(task, is_stopping)
    try:
        with acting_for(task.asked_by), speaking_to(task.asked_by), _renewed(task):
            WORK[task.name](progress, **task.arguments)
    except Interrupted:
        # Nothing of it is written; the next worker begins at once.
        Task.objects.filter(pk=task.pk, token=task.token).update(
            state=Task.State.WAITING, attempts=F("attempts") - 1, done=0, claimed_until=None
        )
    except (DatabaseError, InterfaceError):
        # Nothing can be written down now. The claim ends, and the task is begun anew.
        raise
    except Exception:
        log.exception("task %s (%s) failed", task.pk, task.name, extra={"event": "task fails"})
        _finish(task, Task.State.FAILED, "An error that nobody expected; the portal's log says more.")
    else:
        _finish(task, Task.State.DONE)
    finally:
        progress.close()


@contextmanager
def _renewed(task: Task) -> Iterator[None]:
    """Renew the claim while the block is at work, also within one statement: else another worker would begin the task
    anew beside this one, and after some of them it would be given up. SQLite has one writer, and nothing to renew."""
    if connection.vendor == "sqlite":
        yield
        return
    is_over = threading.Event()

    def renew() -> None:
        # A thread has a connection of its own.
        try:
            for _ in range(RENEWALS):
                if is_over.wait(CLAIM.total_seconds() / 3):
                    return
                with suppress(DatabaseError, InterfaceError):
                    mine = Task.objects.filter(pk=task.pk, token=task.token, state=Task.State.RUNNING)
                    mine.update(claimed_until=timezone.now() + CLAIM)
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name="claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def do_at_once(task: Task) -> None:
    """Do a task that nobody has claimed, within the request that has asked for it."""
    token = secrets.token_hex(16)
    waiting = Task.objects.filter(pk=task.pk, state=Task.State.WAITING)
    now = timezone.now()
    if waiting.update(
        state=Task.State.RUNNING, token=token, claimed_until=now + CLAIM, started_at=now, attempts=F("attempts") + 1
    ):
        do_task(Task.objects.get(pk=task.pk))


def clear_tasks(now: datetime) -> int:
    """Delete tasks that ended long ago; how many."""
    with transaction.atomic():
        gone, _ = Task.objects.filter(finished_at__lt=now - KEPT_FOR).delete()
    return gone


def _finish(task: Task, state: str, words: str = "") -> None:
    mine = Task.objects.filter(pk=task.pk, token=task.token)
    mine.update(state=state, words=words, finished_at=timezone.now(), claimed_until=None)
