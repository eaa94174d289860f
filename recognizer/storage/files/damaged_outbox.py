"""What can still be read of an outbox that is damaged, or was deleted while it was in use."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from recognizer.domain.ports.delivery import Fact
from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.ops.clock import utc_now
from recognizer.ops.whole_file import replace_file
from recognizer.ops.wording import count_of
from recognizer.storage.files.fact_format import UNREADABLE, from_text
from recognizer.storage.files.first_outbox import evidence_of
from recognizer.storage.files.sqlite_log import read_blocks
from recognizer.storage.files.sqlite_pages import Value, read_rows

_STAMP = "%Y%m%dT%H%M%S%f"

SCHEMA = "CREATE TABLE IF NOT EXISTS salvaged (file TEXT PRIMARY KEY);"
"""Which damaged files were read into this outbox."""

RowT = TypeVar("RowT", bound=tuple[Value, ...])

log = logging.getLogger(__name__)


def set_aside(path: Path, error: Exception) -> None:
    """Rename a damaged outbox, with its log, so that a new one can be begun. Raises OSError."""
    kept = path.with_name(f"{path.name}.damaged-{utc_now().strftime(_STAMP)}")
    # The log first: SQLite removes one that lies beside no file, or a new one.
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(kept.with_name(kept.name + suffix))
    log.error(
        "the outbox is damaged (%s): kept as %s, and a new one begun", error, kept, extra={"event": "outbox damaged"}
    )


def keep_torn_log(path: Path) -> None:
    """Copy a log of which SQLite would pass over the end, so that ``salvage`` reads all of it. Raises OSError."""
    kept = path.with_name(f"{path.name}.damaged-{utc_now().strftime(_STAMP)}")
    for suffix in ("-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            replace_file(kept.with_name(kept.name + suffix), [read_blocks(part)])
    log.error(
        "the outbox's write-ahead log is damaged: kept as %s-wal, and read as far as it can be",
        kept,
        extra={"event": "outbox damaged"},
    )


def salvage(path: Path, connection: sqlite3.Connection, put: Callable[[sqlite3.Connection, Fact], None]) -> None:
    """Put what can be read of each damaged outbox into the new one, once, and the fault itself, to be told.

    Entries that were delivered already may be among them: delivering them again changes nothing. What was refused
    waits again.
    """
    done = {name for (name,) in connection.execute("SELECT file FROM salvaged").fetchall()}
    found = path.parent.glob(f"{path.name}.damaged-*")
    # Of one that was being set aside when the power was cut, there may be the log alone.
    for name in sorted({file.name.removesuffix("-shm").removesuffix("-wal") for file in found} - done):
        _salvage(path.with_name(name), connection, put)


def _salvage(damaged: Path, connection: sqlite3.Connection, put: Callable[[sqlite3.Connection, Fact], None]) -> None:
    try:
        found = read_rows(damaged)
    except OSError as error:
        log.warning("%s cannot be read (%s): it is tried again at the next start", damaged, error.strerror)
        return
    facts, lost = _read(_facts_of, found.rows)
    lost += found.unreadable_rows
    fault = OutboxFault(_happened_at(damaged), "damaged", len(facts), lost, found.unreadable_bytes)
    with _transaction(connection):
        for fact in (*facts, fault):
            put(connection, fact)
        connection.execute("INSERT INTO salvaged (file) VALUES (?)", (damaged.name,))
    log.error(
        "%s could be read out of %s; %s and %s could not",
        count_of(len(facts), "entry", "entries"),
        damaged,
        count_of(lost, "entry", "entries"),
        count_of(found.unreadable_bytes, "byte"),
        extra={"event": "outbox salvaged"},
    )


def rescue(
    path: Path,
    rows: Iterable[tuple[str, str, str]],
    connection: sqlite3.Connection,
    put: Callable[[sqlite3.Connection, Fact], None],
) -> None:
    """Put the entries of an outbox that was deleted or replaced while it was open into the one that has its path, with
    the fault itself, to be told. rows: kind, key and content."""
    facts, lost = _read(lambda row: iter((from_text(*row),)), rows)
    with _transaction(connection):
        for fact in (*facts, OutboxFault(utc_now(), "deleted", len(facts), lost)):
            put(connection, fact)
    log.error(
        "the outbox %s was deleted or replaced by another program: %s of it went into a new one",
        path,
        count_of(len(facts), "entry", "entries"),
        extra={"event": "outbox replaced"},
    )


def _read(read: Callable[[RowT], Iterator[Fact]], rows: Iterable[RowT]) -> tuple[list[Fact], int]:
    """The facts that the rows hold, each once, and how many rows could not be read."""
    facts: dict[tuple[object, ...], Fact] = {}
    lost = 0
    for row in rows:
        try:
            for fact in read(row):
                key = (type(fact), *fact.key)
                facts[key] = facts[key].merged(fact) if key in facts else fact  # type: ignore[arg-type]
        except UNREADABLE:
            lost += 1
    return list(facts.values()), lost


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _facts_of(row: tuple[Value, ...]) -> Iterator[Fact]:
    """The entry that a row is; nothing for rows of other tables. Raises one of UNREADABLE."""
    match row:
        case (None, str(kind), str(key), int(), str(content)) | (None, str(kind), str(key), str(content), str(), str()):
            yield from_text(kind, key, content)
        case (None, int(session), str(number), str(), str(first), str(last), float(distance), str(camera), *_):
            yield from evidence_of(session, number, first, last, distance, camera)


def _happened_at(damaged: Path) -> datetime:
    """When it was set aside, by its name."""
    try:
        return datetime.strptime(damaged.name.rpartition("-")[2], _STAMP)  # noqa: DTZ007 - naive UTC as everywhere
    except ValueError:
        return utc_now()
