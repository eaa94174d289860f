"""A session with a shipped user's rights that has switched its checks off, and what refuses it there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.fixtures.mariadb import WITH_TRIGGERS, MigratedMariaDB, MySQL

NO_RIGHT = (1142, 1143, 1227, 1044, 1045, 1370, 1419)
REFUSED_BY_TRIGGER = 1644
NO_SUCH_COLUMN, NO_TABLE = 1054, 1347
VIEW_MAY_NOT = 1356
"""Of a view, in whose name it stands; MariaDB says so of INSERT ... ON DUPLICATE KEY UPDATE by a view, too."""
REFUSED = (*NO_RIGHT, REFUSED_BY_TRIGGER)

needs_triggers = pytest.mark.skipif(not WITH_TRIGGERS, reason="these are refused by triggers")


@contextmanager
def session_without_checks(database: MigratedMariaDB, url: str) -> Iterator[Callable[[str], int]]:
    """Call it with a statement: the error by which the database refuses it; 0 where it takes it."""
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        if not isinstance(database.server, MySQL):
            connection.exec_driver_sql("SET SESSION check_constraint_checks = 0")

        def code_of(statement: str) -> int:
            try:
                for each in statement.split("; "):
                    connection.execute(text(each))
            except DBAPIError as error:
                assert error.orig
                return int(error.orig.args[0])
            return 0

        yield code_of


def by_the_views(statement: str) -> str:
    """The same statement as the recognizer writes it: it has no right on the tables themselves."""
    views = {"mark": "camera_mark", "student": "known_student"}
    return re.sub(
        r"\b(FROM|INTO|UPDATE|IGNORE|JOIN) (mark|student)\b", lambda found: f"{found[1]} {views[found[2]]}", statement
    )
