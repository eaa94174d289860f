"""Marks on their way to the register, in a SQLite file that survives a crash and a power cut."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from recognizer.domain.register.attendance import MarkEntry
from recognizer.errors import OutboxUnavailable

_COLUMNS = "session_id, student_number, status, first_seen_at, last_seen_at, distance, camera_name"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    receipt INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL, student_number TEXT NOT NULL, status TEXT NOT NULL,
    first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, distance REAL NOT NULL, camera_name TEXT NOT NULL,
    UNIQUE (session_id, student_number)
);
CREATE TABLE IF NOT EXISTS refused (
    session_id INTEGER NOT NULL, student_number TEXT NOT NULL, status TEXT NOT NULL,
    first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, distance REAL NOT NULL, camera_name TEXT NOT NULL,
    reason TEXT NOT NULL, refused_at TEXT NOT NULL,
    PRIMARY KEY (session_id, student_number)
);
"""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


class SqliteOutbox:
    """``ports.Outbox`` in one file; safe to use from several threads.

    A damaged file is set aside beside the new one, and logged: what was in it is lost to the register, but the
    lesson goes on. A full or read-only disk raises OutboxUnavailable from any method.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self.depth()  # Opens the file now, so that a folder that cannot be written to is known before the lesson.

    def put(self, entry: MarkEntry) -> None:
        """See ``ports.Outbox.put``. What waits for the same mark already is widened, never narrowed."""

        def write(connection: sqlite3.Connection) -> None:
            key = (entry.session_id, entry.student_number)
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE session_id = ? AND student_number = ?", key
            ).fetchone()
            widest = _to_entry(row).widened(entry) if row else entry
            connection.execute("DELETE FROM entry WHERE session_id = ? AND student_number = ?", key)
            connection.execute(f"INSERT INTO entry ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", _to_row(widest))

        self._transact(write)

    def pending(self, limit: int) -> list[tuple[int, MarkEntry]]:
        """See ``ports.Outbox.pending``."""
        statement = f"SELECT receipt, {_COLUMNS} FROM entry ORDER BY receipt LIMIT ?"
        rows = self._transact(lambda connection: connection.execute(statement, (limit,)).fetchall())
        return [(row[0], _to_entry(row[1:])) for row in rows]

    def done(self, receipt: int) -> None:
        """See ``ports.Outbox.done``."""
        self._transact(lambda connection: connection.execute("DELETE FROM entry WHERE receipt = ?", (receipt,)))

    def refuse(self, receipt: int, reason: str) -> None:
        """See ``ports.Outbox.refuse``."""
        now = datetime.now(UTC).replace(tzinfo=None).isoformat()

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                f"INSERT OR REPLACE INTO refused ({_COLUMNS}, reason, refused_at) "
                f"SELECT {_COLUMNS}, ?, ? FROM entry WHERE receipt = ?",
                (reason, now, receipt),
            )
            connection.execute("DELETE FROM entry WHERE receipt = ?", (receipt,))

        self._transact(write)

    def depth(self) -> int:
        """See ``ports.Outbox.depth``."""
        return int(self._transact(lambda connection: connection.execute("SELECT count(*) FROM entry").fetchone()[0]))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _transact(self, work: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        with self._lock:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                self._close()
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                    raise OutboxUnavailable(self._advice(error)) from None
                self._set_aside(error)
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                self._close()
                raise OutboxUnavailable(self._advice(error)) from None

    def _attempt(self, work: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        if self._connection is None:
            self._connection = self._open()
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            answer = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return answer

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            self._path.chmod(0o600)
            connection.execute("PRAGMA journal_mode = WAL")
            # NORMAL could lose acknowledged commits in a power cut.
            connection.execute("PRAGMA synchronous = FULL")
            if (answer := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                error = sqlite3.DatabaseError(answer)
                error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise error
            connection.executescript(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _set_aside(self, error: Exception) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        kept = self._path.with_name(f"{self._path.name}.damaged-{stamp}")
        for suffix in ("", "-wal", "-shm"):
            part = self._path.with_name(self._path.name + suffix)
            if part.exists():
                part.rename(kept.with_name(kept.name + suffix))
        log.error("the outbox is damaged (%s): kept as %s, and a new one begun", error, kept)

    def _advice(self, error: Exception) -> str:
        return f"the outbox {self._path} cannot be used ({error}); make room there and let the recognizer write"


def _to_row(entry: MarkEntry) -> tuple[int, str, str, str, str, float, str]:
    return (
        entry.session_id,
        entry.student_number,
        entry.status,
        entry.first_seen_at.isoformat(),
        entry.last_seen_at.isoformat(),
        entry.distance,
        entry.camera_name,
    )


def _to_entry(row: tuple[int, str, str, str, str, float, str]) -> MarkEntry:
    session_id, number, status, first, last, distance, camera_name = row
    return MarkEntry(
        session_id,
        number,
        "late" if status == "late" else "present",
        datetime.fromisoformat(first),
        datetime.fromisoformat(last),
        distance,
        camera_name,
    )
