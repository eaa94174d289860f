"""A lock beside a file, held by whoever reads it to write it anew."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recognizer.ops.own_file import UntrustedFile, give_to_owner_of, open_own_lock


class LockUnavailable(Exception):
    """The lock cannot be opened; the message says which and why."""


@contextmanager
def held_lock(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Keep every other writer of the file out until the block ends; ``on_wait`` is called once if another must end.

    The system lets go of the lock when its holder dies. The lock's file stays: were it removed, two could hold it.
    Raises LockUnavailable or UntrustedFile.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A link in its place is refused: root would be led to touch, and give away, another file.
        descriptor = open_own_lock(lock)
    except UntrustedFile:
        raise
    except OSError as error:
        raise LockUnavailable(f"{lock} cannot be opened ({error.strerror})") from None
    with os.fdopen(descriptor, "rb"):
        give_to_owner_of(path.parent, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
