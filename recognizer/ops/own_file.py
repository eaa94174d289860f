"""Files that the recognizer keeps for itself: opened through no link, and trusted only where nobody else may have
written to them."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UntrustedFile(OSError):
    """Somebody else may have put the file there or changed it; the message names it and says what to do."""

    def __str__(self) -> str:
        return f"{self.filename} {self.strerror}"


def read_own_file(path: Path) -> bytes:
    """The whole file. Raises UntrustedFile or another OSError."""
    with os.fdopen(open_own_file(path), "rb") as file:
        return file.read()


def open_own_file(path: Path, *, is_secret: bool = False) -> int:
    """A descriptor of the file, to be read. is_secret: nobody but its owner may even read it.

    Raises UntrustedFile or another OSError.
    """
    descriptor = _open(path, os.O_RDONLY)
    try:
        # Of the open file, not of the path: what is judged is what is read.
        status = os.fstat(descriptor)
        _require_own(path, status, stat.S_ISREG, others_may_not=0 if is_secret else _OTHERS_WRITE)
        if is_secret and status.st_mode & 0o077:
            raise _untrusted(path, f"may be read by others than its owner: run `chmod 600 {path}`")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_own_lock(path: Path) -> int:
    """A descriptor of a file that is held as a lock, to be read and written; where there is none it is made, mode 0600.

    What it holds is nothing to go by, so a mode that is too wide is mended. Raises UntrustedFile or another OSError.
    """
    with suppress(FileExistsError):
        return create_own_file(path)
    descriptor = _open(path, os.O_RDWR)
    try:
        status = os.fstat(descriptor)
        if status.st_uid == os.geteuid() and status.st_nlink == 1:
            os.fchmod(descriptor, 0o600)
            status = os.fstat(descriptor)
        _require_own(path, status, stat.S_ISREG)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def create_own_file(path: Path) -> int:
    """A descriptor of a new file, mode 0600 whatever the umask, to be read and written. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        give_to_owner_of(path.parent, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def require_own_file(path: Path) -> None:
    """Raise UntrustedFile where something is at the path that another program must not be let open; nothing may be."""
    with suppress(FileNotFoundError):
        _require_own(path, path.lstat(), stat.S_ISREG)


def require_own_socket(path: Path) -> None:
    """Raise UntrustedFile where somebody else may listen at the path, and FileNotFoundError where nobody does."""
    _require_own(path, path.lstat(), stat.S_ISSOCK)


def give_to_owner_of(folder: Path, descriptor: int) -> None:
    """What root writes belongs to the folder's owner, so that the service that runs as that user can read it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _open(path: Path, flags: int) -> int:
    try:
        # Whatever it is, it is not waited for: a pipe would be, without an end.
        return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _link(path) from None
        raise


def _require_own(
    path: Path, status: os.stat_result, is_kind: Callable[[int], bool], others_may_not: int = _OTHERS_WRITE
) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise _link(path)
    if not is_kind(status.st_mode):
        raise _untrusted(path, "is of another kind than the recognizer's files: move it away")
    # Root works on the files of the user that the service runs as, whose folder it is.
    owner = path.parent.stat().st_uid if os.geteuid() == 0 else os.geteuid()
    if status.st_uid not in (0, owner):
        advice = f"see what is in it, then run `chown {_name_of(owner)} {path}`"
        raise _untrusted(path, f"belongs to {_name_of(status.st_uid)}, who may have changed it: {advice}")
    if status.st_mode & others_may_not:
        advice = f"see what is in it, then run `chmod go-w {path}`"
        raise _untrusted(path, f"may have been changed by others than its owner: {advice}")


def _link(path: Path) -> UntrustedFile:
    return _untrusted(path, "is a link, and links are not followed there: put the file itself in its place")


def _untrusted(path: Path, reason: str) -> UntrustedFile:
    return UntrustedFile(errno.EPERM, reason, str(path))


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
