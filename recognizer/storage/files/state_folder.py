"""The state folder: what the recognizer must remember between two runs, and the one recognizer that may use it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recognizer.errors import AlreadyRunning, ConfigurationError


@contextmanager
def held_state_folder(path: Path) -> Iterator[Path]:
    """Make the folder where it is missing, and keep every other recognizer out of it until the block ends.

    The system lets go of the lock when its holder dies, however it dies. Raises AlreadyRunning or ConfigurationError.
    """
    lock = path / "lock"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"state_dir is {path}, which cannot be used ({error.strerror}); expected a folder this user may write to"
        ) from None
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "unknown"
            raise AlreadyRunning(
                f"another recognizer (process {holder}) uses {path}: stop it, or give this one a state_dir of its own"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield path
