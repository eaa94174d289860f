"""A file that is replaced as a whole, or not at all."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from recognizer.ops.own_file import give_to_owner_of


def replace_file(path: Path, parts: Iterable[bytes], prepare: Callable[[int], None] = lambda descriptor: None) -> None:
    """Put a file of these bytes in the path's place, mode 0600: a reader, or a crash, finds the old one or the new one.

    ``prepare`` gets the new file's descriptor before anything is written. Nothing is left behind where it fails, not
    even by Ctrl-C. Raises OSError that names the path, so that the same fault is told in the same words each time.
    """
    try:
        _replace(path, parts, prepare)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


def _replace(path: Path, parts: Iterable[bytes], prepare: Callable[[int], None]) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # Whatever the umask.
            os.fchmod(descriptor, 0o600)
            prepare(descriptor)
            file.writelines(parts)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    # The rename itself survives a power cut only once the folder is on the disk.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def delete_unfinished(path: Path) -> None:
    """Delete what a process that was killed while it replaced the path has left beside it, where this user may.

    Others that replace it must be kept out meanwhile: theirs cannot be told from what was left.
    """
    unfinished = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}")
    with suppress(OSError):
        for beside in path.parent.iterdir():
            if unfinished.fullmatch(beside.name):
                beside.unlink(missing_ok=True)


def replace_with_json(path: Path, document: object) -> None:
    """Put the document, as JSON, in the place of what is there. Raises OSError."""
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    replace_file(path, [content], partial(give_to_owner_of, path.parent))


def version_of(path: Path) -> object:
    """The file's identity, time and size, another one after each replacement; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
