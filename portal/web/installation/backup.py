"""Writing a backup, of one moment, and putting one into a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from pymysql.cursors import SSCursor

from portal.web.configuration import NO_DATABASE
from portal.web.installation.backup_file import BackupReader, Contents, written
from portal.web.installation.errors import SetupError
from portal.web.installation.files import SecretFiles
from portal.web.readiness import NOT_SET_UP

_MIGRATIONS = "django_migrations"
_LEFT_OUT = {"django_session", "data_export", "export_piece"}
"""Who is signed in: nobody after a restore, and a backup that is stolen lets nobody in by it. And files that somebody
has asked for: they are kept for a day, and a backup for longer."""
_ROWS_OF_A_STATEMENT = 500
_OF_MIGRATIONS = frozenset({_MIGRATIONS, "django_content_type", "auth_permission"})
"""Tables that have rows in an empty portal."""
_COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s "
    "AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position"
)
"""But those that the database works out itself: it takes no value for them."""


def write_backup(path: Path, files: SecretFiles) -> Contents:
    """All rows as they are at one moment, while everybody goes on writing, and the files of the folder.

    Raises SetupError, or DatabaseError.
    """
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine == NO_DATABASE:
        raise SetupError(NOT_SET_UP)
    if "sqlite" in engine:
        raise SetupError("a SQLite database is a file: stop the portal and copy it.")
    with written(path) as backup:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        try:
            for table in _tables():
                columns, rows = _read(table)
                backup.add_table(table, columns, rows)
            migrations = [(str(app), str(name)) for app, name in _rows_of(f"SELECT app, name FROM {_MIGRATIONS}")]
        finally:
            connection.close()
        for file in files.all():
            backup.add_file(file)
        return backup.finish(datetime.now(UTC), migrations)


def check_release(backup: BackupReader) -> None:
    """Raises SetupError for a backup of a newer release, which has tables that this one does not know."""
    known = MigrationLoader(None).disk_migrations
    if unknown := [f"{app}.{name}" for app, name in backup.contents.migrations if (app, name) not in known]:
        raise SetupError(f"the backup is of a newer release (it has {unknown[0]}): install that release first.")


def held_rows() -> dict[str, int]:
    """The tables in which somebody has entered something, with the number of their rows."""
    counts = {table: int(_rows_of(f"SELECT COUNT(*) FROM `{table}`")[0][0]) for table in _tables()}
    return {table: count for table, count in counts.items() if count and table not in _OF_MIGRATIONS}


def student_numbers() -> set[str]:
    """Of all students in the database."""
    return {str(number) for (number,) in _rows_of("SELECT number FROM student")}


def replace_rows(backup: BackupReader, say: Callable[[str], None]) -> None:
    """Put the backup in the place of all that the connection's database holds, as the backup's own release had it.

    Whoever is interrupted leaves a database that no portal serves, and runs the same command again. Raises SetupError.
    """
    _drop_tables()
    executor = MigrationExecutor(connection)
    executor.migrate(_last_of_each_app(backup.contents.migrations, executor))
    lacking = backup.contents.tables.keys() - set(connection.introspection.table_names())
    if lacking:
        raise SetupError(f"this release has no table {min(lacking)}: install the release that wrote the backup.")
    _load(backup)
    rows = sum(backup.contents.tables.values())
    say(f"Restored: {rows} rows in {len(backup.contents.tables)} tables, as they were at {backup.contents.made_at}.")


def _last_of_each_app(migrations: list[tuple[str, str]], executor: MigrationExecutor) -> list[tuple[str, str]]:
    """They bring the others along; to name one that has another after it would undo that one."""
    nodes = executor.loader.graph.node_map
    followed = {parent.key for each in migrations for parent in nodes[each].parents if parent.key[0] == each[0]}
    return sorted(set(migrations) - followed)


def _tables() -> list[str]:
    """Those that the portal owns, in this database."""
    there = connection.introspection.table_names()
    ours = {*connection.introspection.django_table_names(), _MIGRATIONS} - _LEFT_OUT
    return sorted(ours & set(there))


def _read(table: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The columns, and the rows as they come over the network, not all at once."""
    columns = [str(name) for (name,) in _rows_of(_COLUMNS, table)]
    listed = ", ".join(f"`{name}`" for name in columns)

    def rows() -> Iterator[tuple[Any, ...]]:
        with closing(connection.connection.cursor(SSCursor)) as cursor:
            cursor.execute(f"SELECT {listed} FROM `{table}`")
            yield from cursor

    return columns, rows()


def _drop_tables() -> None:
    ours = [*_tables(), *sorted(_LEFT_OUT)]
    with connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        for table in ours:
            cursor.execute(f"DROP TABLE IF EXISTS `{table}`")
        cursor.execute("SET foreign_key_checks = 1")


def _load(backup: BackupReader) -> None:
    """In one transaction; recognizers, which go on writing, wait until it is done."""
    tables = backup.contents.tables
    transaction.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            # With autocommit off, so that the lock does not end the transaction.
            cursor.execute("LOCK TABLES " + ", ".join(f"`{table}` WRITE" for table in tables))
            for table in tables:
                cursor.execute(f"DELETE FROM `{table}`")
                columns = backup.columns_of(table)
                names, values = ", ".join(f"`{name}`" for name in columns), ", ".join(["%s"] * len(columns))
                rows = backup.rows_of(table)
                while some := list(islice(rows, _ROWS_OF_A_STATEMENT)):
                    cursor.executemany(f"INSERT INTO `{table}` ({names}) VALUES ({values})", some)
            transaction.commit()
            cursor.execute("UNLOCK TABLES")
            cursor.execute("SET foreign_key_checks = 1")
    except DatabaseError:
        transaction.rollback()
        raise
    finally:
        transaction.set_autocommit(True)


def _rows_of(statement: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())
