"""The state folder: what the recognizer must remember between two runs, and the one recognizer that may use it."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recognizer.errors import AlreadyRunning, ConfigurationError
from recognizer.ops.own_file import UntrustedFile, open_own_lock

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

log = logging.getLogger(__name__)


@contextmanager
def held_state_folder(path: Path) -> Iterator[Path]:
    """Make the folder where it is missing, and keep every other recognizer out of it until the block ends.

    The system lets go of the lock when its holder dies, however it dies. A full disk is no reason not to begin: the
    lock takes no room. Raises AlreadyRunning or ConfigurationError.
    """
    lock = path / "lock"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = open_own_lock(lock)
    except UntrustedFile as error:
        raise ConfigurationError(f"state_dir cannot be used: {error}") from None
    except OSError as error:
        advice = "make room there" if error.errno in _NO_ROOM else "expected a folder this user may write to"
        raise ConfigurationError(f"state_dir is {path}, which cannot be used ({error.strerror}); {advice}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(
                f"another recognizer (process {holder}) uses {path}: stop it, or give this one a state_dir of its own"
            ) from None
        _leave_name(descriptor)
        yield path
    finally:
        os.close(descriptor)


def is_state_folder_held(path: Path) -> bool:
    """Whether a recognizer works with the folder. Raises PermissionError."""
    try:
        descriptor = os.open(path / "lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _leave_name(descriptor: int) -> None:
    """Write down who holds the lock, for whoever finds it held."""
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    except OSError as error:
        log.warning("the state folder takes nothing: %s", error.strerror)
