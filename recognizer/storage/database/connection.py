"""The connection to the database that the portal keeps, with a limit on every wait."""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from recognizer.config.database_address import DatabaseAddress, explain_insecure, read_address
from recognizer.errors import NO_ANSWER, RegisterUnavailable
from recognizer.ops.redaction import redact
from recognizer.ops.systemd import explain_denied_address
from recognizer.storage.database.tables import VIEWS

_CONNECT_SECONDS = 3
_ANSWER_SECONDS = 5
"""PyMySQL waits for ever by default: on a frozen server even a ping would hang."""
_SQLITE_BUSY_SECONDS = 5.0

_PASSING = frozenset({1020, 1205, 1213, 2006, 2013})
"""Errors of MySQL that a new transaction may not meet: the row changed meanwhile, a lock was not given in time,
a deadlock, and the connection was lost before or during a statement."""
REFUSED_BY_TRIGGER = 1644
_RULE_VIOLATED = frozenset({3819, 4025, REFUSED_BY_TRIGGER})
"""A check, by MySQL's and by MariaDB's number, and a trigger that refuses; PyMySQL does not count them among the
integrity errors."""
_DUPLICATE = 1062
_VIEW = re.compile(rf"\b({'|'.join(VIEWS)})\b")
_MEETINGS = 3
"""How often a row may be inserted by another between our UPDATE and our INSERT; once is the most that two can do."""
_WAITS = (0.05, 0.2, 0.5)
"""Seconds before the second, third and fourth attempt; drawn at random around these, so that two who met do not
meet again."""

_Answer = TypeVar("_Answer")


def make_engine(database_url: str) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``mysql+pymysql://…``; connects only when used.

    Raises ConfigurationError for a URL that cannot be read.
    """
    address = read_address(database_url)
    return _sqlite_engine(address) if address.kind == "sqlite" else _mysql_engine(address)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed at the end; an error undoes it and is raised as RegisterUnavailable."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise unavailable(error) from None


def repeated(engine: Engine, work: Callable[[Connection], _Answer]) -> _Answer:
    """The answer of ``work``, which gets a transaction of its own, committed when it returns.

    After a passing error (``_PASSING``) the whole transaction is undone and ``work`` is called anew in a fresh one,
    four times at the most. A lost connection may hide a commit that succeeded, so ``work`` must be one that may be
    done twice. Raises IntegrityError, DataError and what a check or a trigger refuses as they are (see
    ``is_refusal``): the database will never take that. Raises RegisterUnavailable for every other error, also when the
    last attempt failed.
    """
    waits = iter(_WAITS)
    while True:
        try:
            with engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            if is_refusal(error):
                raise
            wait = next(waits, None) if error_code(error) in _PASSING else None
            if wait is None:
                raise unavailable(error) from None
        time.sleep(wait * random.uniform(0.5, 1.5))


def repeated_where_met(engine: Engine, work: Callable[[Connection], _Answer]) -> _Answer:
    """``repeated`` for work that inserts a row where it has updated none: the row may be another's by then.

    The INSERT that met it holds a shared lock on it, so the whole is undone before it is tried as an UPDATE.
    """
    for _ in range(_MEETINGS - 1):
        try:
            return repeated(engine, work)
        except IntegrityError as error:
            if not _is_duplicate(error):
                raise
    return repeated(engine, work)


def _is_duplicate(error: IntegrityError) -> bool:
    return error_code(error) == _DUPLICATE or "UNIQUE constraint failed" in str(error.orig)


def is_refusal(error: SQLAlchemyError) -> bool:
    """Whether the database will never take what was to be written: trying again is useless."""
    return isinstance(error, (IntegrityError, DataError)) or error_code(error) in _RULE_VIOLATED


def unavailable(error: SQLAlchemyError) -> RegisterUnavailable:
    """The error to raise once a transaction was undone: what was to be written is tried again later."""
    return RegisterUnavailable(f"{NO_ANSWER}{explain(error)}")


def explain(error: SQLAlchemyError) -> str:
    """The database's own words in one line, without the statement and without secrets."""
    cause = getattr(error, "orig", None) or error
    words = " ".join(str(cause.args[-1] if cause.args else type(cause).__name__).split())
    # PyMySQL keeps the system's error beside its own where no connection can be made.
    denied = explain_denied_address(getattr(cause, "original_exception", None))
    return f"{redact(words)}{denied}{explain_insecure(words)}"


def error_code(error: SQLAlchemyError) -> int | None:
    """The number of a MySQL error; None for others."""
    arguments = getattr(getattr(error, "orig", None), "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


@contextmanager
def _driver_errors(driver: DBAPIModule, socket: str = "") -> Iterator[None]:
    """Make every error while connecting one of the driver's: SQLAlchemy passes others on as they are.

    PyMySQL raises, among others, RuntimeError where a package is missing, and the errors of files and of TLS. It names
    a host where it has tried a socket.
    """
    try:
        yield
    except driver.Error as error:
        cause = getattr(error, "original_exception", None)
        if socket and cause is not None:
            error.args = (*error.args[:-1], f"no server answers at the socket {socket} ({cause.strerror or cause})")
        raise
    except Exception as error:
        # An error of encoding repeats what it could not encode.
        words = type(error).__name__ if isinstance(error, UnicodeError) else str(error)
        raise driver.OperationalError(f"no connection can be made: {words}") from None


def _mysql_engine(address: DatabaseAddress) -> Engine:
    options: dict[str, Any] = {"charset": "utf8mb4"}
    if address.unix_socket:
        options["unix_socket"] = address.unix_socket
    if address.is_tls_disabled:
        options["ssl_disabled"] = True
    engine = create_engine(
        URL.create(address.kind, address.user, address.password, address.host, address.port, address.database),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=1,
        max_overflow=1,
        pool_recycle=300,
        connect_args=options
        | {
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _ANSWER_SECONDS,
            "write_timeout": _ANSWER_SECONDS,
            # Strict, so that a text too long is an error and never cut. A lock is waited for in each of four attempts.
            "init_command": "SET time_zone = '+00:00', innodb_lock_wait_timeout = 1, "
            "sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
        },
    )

    def connect(dialect: Dialect, _: object, arguments: list[Any], options: dict[str, Any]) -> Any:
        options = dict(options)
        with _driver_errors(dialect.loaded_dbapi, address.unix_socket):
            if address.tls:
                options["ssl"] = address.tls.context()
            if password := options.get("password"):
                # PyMySQL would write it in Latin-1, where MySQL's own clients write UTF-8.
                options["password"] = password.encode(errors="surrogateescape")
            return dialect.connect(*arguments, **options)

    event.listen(engine, "do_connect", connect)
    return engine


def _sqlite_engine(address: DatabaseAddress) -> Engine:
    path = Path(address.database)

    def connect() -> sqlite3.Connection:
        # mode=rw: a file that is not there is an error, not a new and empty database.
        file = f"file:{quote(str(path.absolute()))}?mode=rw"
        with _driver_errors(engine.dialect.loaded_dbapi):
            return sqlite3.connect(file, uri=True, timeout=_SQLITE_BUSY_SECONDS, check_same_thread=False)

    engine = create_engine(
        URL.create("sqlite", database=address.database), creator=connect, pool_size=1, max_overflow=1
    )

    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # The driver begins nothing by itself; see begin.
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")

    def begin(connection: Connection) -> None:
        # IMMEDIATE waits for a writer at the start; a reader that turns writer later would fail at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def name_tables(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> tuple[str, Any]:
        return _VIEW.sub(lambda view: VIEWS[view[0]], statement), parameters

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", name_tables, retval=True)
    return engine
