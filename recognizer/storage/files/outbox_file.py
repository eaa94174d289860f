"""Whether the outbox's file is the one that it was, and whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_TABLES = {"waiting", "set_aside", "salvaged", "entry", "refused", "sqlite_sequence"}
"""All that there may be, those of the first release among them."""


def parts_of(path: Path) -> list[Path]:
    """The file, and what SQLite keeps beside it: its log, and the log's index."""
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def identity_of(path: Path) -> tuple[int, int] | None:
    """Which file has this path now, if any."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def is_cut_to_nothing(path: Path) -> bool:
    """SQLite would take it for a new one, and delete the log beside it."""
    return path.exists() and path.stat().st_size == 0


def damage(words: str) -> sqlite3.DatabaseError:
    """As SQLite raises it for a damaged file."""
    error = sqlite3.DatabaseError(words)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def check_tables(connection: sqlite3.Connection) -> None:
    """See that the tables have the names and columns that they were made with: a damaged byte may be one of those.

    Raises sqlite3.DatabaseError."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()}
    if not names <= _TABLES:
        raise damage(f"it has tables of other names: {', '.join(sorted(names - _TABLES))}")
    try:
        connection.execute("SELECT id, kind, key, version, content FROM waiting LIMIT 0")
        connection.execute("SELECT id, kind, key, content, reason, refused_at FROM set_aside LIMIT 0")
        connection.execute("SELECT file FROM salvaged LIMIT 0")
    except sqlite3.OperationalError as error:
        raise damage(str(error)) from None
