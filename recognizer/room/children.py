"""Processes that begin with nothing of the parent's but one end of a pipe: spawned, never forked."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

_KILL_SECONDS = 1.0


class SpawnedChild:
    """A process of its own with nothing of the parent's but one end of a pipe.

    ``target`` is called in it with the other end and the arguments; both must be picklable.
    """

    def __init__(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection: Connection[Any, Any]
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, *arguments), name=name, daemon=True)
        # A terminal sends Ctrl-C to the child too, which must not die of it before it can say that it ignores it.
        # Blocked signals are inherited; the parent gets its own as soon as they are unblocked.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End it at once, and wait until it is gone."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join(_KILL_SECONDS)

    def how_it_ended(self) -> str:
        """The exit code, or the signal that ended it."""
        return describe_end(self._process.exitcode)


def describe_end(code: int | None) -> str:
    """An exit code in words; a signal's is its number below zero, and None is one that nobody knows."""
    return f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
