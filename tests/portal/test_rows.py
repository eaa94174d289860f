"""Rows are read as the server wrote them, however large they are and wherever a block of the network ends."""

from __future__ import annotations

import pymysql
import pytest
from django.db import DatabaseError, connection

from tests.fixtures.mariadb import MigratedMariaDB

_TWENTY = " UNION ALL ".join(f"SELECT {number} AS n" for number in range(20))
THREE = "(SELECT 1 AS seq UNION ALL SELECT 2 UNION ALL SELECT 3) AS three"
MANY = (
    "(SELECT a.n + 20 * b.n + 400 * c.n AS seq"
    f" FROM ({_TWENTY}) AS a CROSS JOIN ({_TWENTY}) AS b CROSS JOIN ({_TWENTY}) AS c) AS many"
)

STATEMENTS = (
    # Values of each length that the protocol writes in another way, beside an empty one and none.
    *(f"SELECT REPEAT('é', {length}), NULL, '', seq FROM {THREE}" for length in (125, 126, 40_000)),
    f"SELECT seq, -seq, seq / 7, seq * 1e0, CONCAT('ż', seq), UNHEX('FE00') FROM {MANY}",
    f"SELECT CAST('10:20:30' AS TIME), CAST('2026-11-28' AS DATE), JSON_OBJECT('a', 1), b'101' FROM {THREE}",
    f"SELECT 1 FROM {THREE} WHERE seq > 3",
)


def test_rows_are_what_pymysql_reads(portal_on_mariadb: MigratedMariaDB) -> None:
    parameters = connection.get_connection_params()
    with connection.cursor() as ours, pymysql.connect(**parameters) as plain, plain.cursor() as theirs:
        for statement in STATEMENTS:
            ours.execute(statement)
            theirs.execute(statement)
            assert (ours.rowcount, ours.fetchall()) == (theirs.rowcount, theirs.fetchall()), statement


def test_an_error_after_some_rows_is_told_and_the_connection_goes_on(portal_on_mariadb: MigratedMariaDB) -> None:
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="BIGINT value is out of range"):
            cursor.execute(f"SELECT seq, 9223372036854775807 + (seq DIV 3000) FROM {MANY}")
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == ((1,),)
