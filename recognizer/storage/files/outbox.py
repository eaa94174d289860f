"""What was seen, on its way to the database, in a SQLite file that survives a crash and a power cut."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from recognizer.domain.ports.delivery import Fact, FactT, Receipt, Refusal
from recognizer.errors import OutboxUnavailable
from recognizer.ops.clock import utc_now
from recognizer.ops.own_file import UntrustedFile, create_own_file, require_own_file
from recognizer.storage.files import damaged_outbox
from recognizer.storage.files.fact_format import UNREADABLE, from_text, key_of, kind_of, to_text
from recognizer.storage.files.first_outbox import take_over
from recognizer.storage.files.outbox_file import check_tables, damage, identity_of, is_cut_to_nothing, parts_of
from recognizer.storage.files.sqlite_log import is_torn

_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1, content TEXT NOT NULL,
    UNIQUE (kind, key)
);
CREATE TABLE IF NOT EXISTS set_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, reason TEXT NOT NULL, refused_at TEXT NOT NULL,
    UNIQUE (kind, key)
);
"""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_HOLDERS_PATIENCE_SECONDS, _PATIENCE_SECONDS = 1.0, 5.0
"""How long a file that another program holds is waited for. The recognizer has its memory to go on with."""

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


class SqliteOutbox:
    """``ports.Outbox`` in one file, opened when first used; safe to use from several threads.

    A damaged file is set aside, what can be read of it goes into a new one, and so does an ``OutboxFault`` that tells
    of it. Of one whose write-ahead log is torn, the log is copied aside and read. Where the file was deleted or
    replaced while it was open, its entries go into the one that has its place. A full or read-only disk raises
    OutboxUnavailable from any method. A file of the first release is taken over with the marks that wait in it.

    is_holder: whether the state folder is this process's own. Another one leaves a damaged file where it is, and raises
    OutboxUnavailable: the recognizer that runs may be writing into it.
    """

    def __init__(self, path: Path, *, is_holder: bool = True) -> None:
        self._path = path
        self._is_holder = is_holder
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._has_read_log = False
        self._opened: list[tuple[int, int] | None] = []
        """Which files the connection is of: the outbox and what SQLite keeps beside it."""
        self._homeless: list[tuple[str, str, str]] = []
        """Kind, key and content of what was in a file that is gone, until they are in the new one."""

    def put(self, fact: Fact) -> None:
        """See ``ports.Outbox.put``."""
        self._transact(lambda connection: _put(connection, fact))

    def pending(self, kind: type[FactT], limit: int, after: int = 0) -> list[tuple[Receipt, FactT]]:
        """See ``ports.Outbox.pending``. What cannot be read, as after a step back to this release, is set aside."""

        def read(connection: sqlite3.Connection) -> list[tuple[Receipt, FactT]]:
            found = []
            statement = "SELECT id, version, key, content FROM waiting WHERE kind = ? AND id > ? ORDER BY id LIMIT ?"
            for row, version, key, content in connection.execute(statement, (kind_of(kind), after, limit)).fetchall():
                receipt = Receipt(row, version)
                try:
                    found.append((receipt, from_text(kind_of(kind), key, content)))
                except UNREADABLE as error:
                    _refuse(connection, receipt, f"this release cannot read it ({error})")
            return found

        return self._transact(read)

    def done(self, receipt: Receipt) -> None:
        """See ``ports.Outbox.done``."""
        statement = "DELETE FROM waiting WHERE id = ? AND version = ?"
        self._transact(lambda connection: connection.execute(statement, (receipt.id, receipt.version)))

    def refuse(self, receipt: Receipt, reason: str) -> None:
        """See ``ports.Outbox.refuse``."""
        self._transact(lambda connection: _refuse(connection, receipt, reason))

    def refusals(self) -> list[Refusal]:
        """See ``ports.Outbox.refusals``. What cannot be read is passed over."""
        statement = "SELECT kind, key, content, reason, refused_at FROM set_aside ORDER BY id"
        found = []
        for kind, key, content, reason, at in self._transact(lambda c: c.execute(statement).fetchall()):
            try:
                found.append(Refusal(from_text(kind, key, content), reason, datetime.fromisoformat(at)))
            except UNREADABLE:
                log.warning("the outbox keeps something that this release cannot read: %s", content)
        return found

    def retry(self) -> int:
        """See ``ports.Outbox.retry``. What cannot be read stays where it is."""

        def move(connection: sqlite3.Connection) -> int:
            moved = 0
            for row, kind, key, content in connection.execute(
                "SELECT id, kind, key, content FROM set_aside"
            ).fetchall():
                try:
                    fact: Fact = from_text(kind, key, content)
                except UNREADABLE:
                    continue
                _put(connection, fact)
                connection.execute("DELETE FROM set_aside WHERE id = ?", (row,))
                moved += 1
            return moved

        return self._transact(move)

    def depth(self) -> int:
        """See ``ports.Outbox.depth``."""
        return self._count("waiting")

    def refused(self) -> int:
        """See ``ports.Outbox.refused``."""
        return self._count("set_aside")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _count(self, table: str) -> int:
        return int(self._transact(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))

    def _transact(self, work: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        with self._lock:
            try:
                try:
                    return self._attempt(work)
                except sqlite3.DatabaseError as error:
                    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                        raise
                    self._close()
                    if not self._is_holder:
                        raise OutboxUnavailable(
                            f"the outbox {self._path} is damaged ({error}); the recognizer reads what can still be "
                            "read of it when it starts"
                        ) from None
                    damaged_outbox.set_aside(self._path, error)
                return self._attempt(work)
            except (sqlite3.DatabaseError, OSError) as error:
                self._close()
                raise OutboxUnavailable(self._advice(error)) from None

    def _attempt(self, work: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        if self._connection is not None and identity_of(self._path) != self._opened[0]:
            self._leave(self._connection)
        if self._connection is None:
            self._connection = self._open()
            self._opened = [identity_of(part) for part in parts_of(self._path)]
        elif is_cut_to_nothing(self._path):
            raise damage("it is empty")
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

    def _leave(self, connection: sqlite3.Connection) -> None:
        """Close a file that was deleted or replaced while it was open, and remember what it holds."""
        statement = "SELECT kind, key, content FROM waiting UNION ALL SELECT kind, key, content FROM set_aside"
        if self._is_holder:
            self._homeless += connection.execute(statement).fetchall()
        self._close()
        for part, opened in list(zip(parts_of(self._path), self._opened, strict=True))[1:]:
            # SQLite would take the log for the new file's.
            if opened is not None and identity_of(part) == opened:
                part.unlink(missing_ok=True)

    def _open(self) -> sqlite3.Connection:
        if self._is_holder and is_cut_to_nothing(self._path):
            raise damage("it is empty")
        for part in parts_of(self._path):
            require_own_file(part)
        self._look_at_log()
        if self._is_holder:
            with suppress(FileExistsError):
                # SQLite would make it by the umask.
                os.close(create_own_file(self._path))
        timeout = _HOLDERS_PATIENCE_SECONDS if self._is_holder else _PATIENCE_SECONDS
        connection = sqlite3.connect(self._path, timeout=timeout, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            # Of one that could not be begun on a full disk.
            if self._is_holder and is_cut_to_nothing(self._path):
                self._path.unlink()
            raise
        return connection

    def _look_at_log(self) -> None:
        """At the first opening: SQLite passes over what is damaged in its log, and tells nobody."""
        if not self._has_read_log and is_torn(self._path):
            if not self._is_holder:
                raise damage("its write-ahead log is torn")
            damaged_outbox.keep_torn_log(self._path)
        self._has_read_log = True

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # A damaged byte makes one entry unreadable, not the whole file.
        connection.text_factory = lambda text: text.decode(errors="replace")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # NORMAL could lose acknowledged commits in a power cut.
            connection.execute("PRAGMA synchronous = FULL")
            if (answer := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise damage(answer)
            connection.executescript(_SCHEMA + damaged_outbox.SCHEMA)
            check_tables(connection)
            take_over(connection, _put)
            if self._is_holder:
                damaged_outbox.salvage(self._path, connection, _put)
            if self._homeless:
                damaged_outbox.rescue(self._path, self._homeless, connection, _put)
                self._homeless = []
        except UnicodeDecodeError as error:  # SQLite repeats what is damaged in its own words.
            raise damage(str(error)) from None

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _advice(self, error: Exception) -> str:
        if isinstance(error, UntrustedFile):
            return f"the outbox cannot be used: {error}"
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _HELD:
            return f"the outbox {self._path} is held by another program ({error}); it is tried again"
        return f"the outbox {self._path} cannot be used ({error}); make room there and let the recognizer write"


def _put(connection: sqlite3.Connection, fact: Fact) -> None:
    key = (kind_of(type(fact)), key_of(fact))
    row = connection.execute("SELECT content FROM waiting WHERE kind = ? AND key = ?", key).fetchone()
    if row is None:
        connection.execute("INSERT INTO waiting (kind, key, content) VALUES (?, ?, ?)", (*key, to_text(fact)))
        return
    try:
        fact = from_text(*key, row[0]).merged(fact)
    except UNREADABLE:
        log.warning("the outbox had something that this release cannot read: %s", row[0])
    statement = "UPDATE waiting SET content = ?, version = version + 1 WHERE kind = ? AND key = ?"
    connection.execute(statement, (to_text(fact), *key))


def _refuse(connection: sqlite3.Connection, receipt: Receipt, reason: str) -> None:
    """Set aside what waits under that id, as it is now, with what was set aside of it before."""
    row = connection.execute("SELECT kind, key, content FROM waiting WHERE id = ?", (receipt.id,)).fetchone()
    if row is None:
        return
    kind, key, content = row
    connection.execute(
        "INSERT INTO set_aside (kind, key, content, reason, refused_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (kind, key) DO UPDATE SET content = excluded.content, reason = excluded.reason",
        (kind, key, _joined(connection, kind, key, content), reason, utc_now().isoformat()),
    )
    connection.execute("DELETE FROM waiting WHERE id = ?", (receipt.id,))


def _joined(connection: sqlite3.Connection, kind: str, key: str, content: str) -> str:
    before = connection.execute("SELECT content FROM set_aside WHERE kind = ? AND key = ?", (kind, key)).fetchone()
    if before is None:
        return content
    try:
        return to_text(from_text(kind, key, before[0]).merged(from_text(kind, key, content)))
    except UNREADABLE:
        return content
