"""An upgrade that is interrupted, and what a database holds then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

NOT_COMPARED = (
    "id",
    "content_type_id",
    "created_at",
    "changed_at",
    "closed_at",
    "decided_at",
    "recorded_at",
    "applied",
)
WRITES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


class Killed(OperationalError):
    """The program or the server ended here."""


@contextmanager
def killed_after(writes: int) -> Iterator[list[str]]:
    """The statement after so many that write raises Killed, and so does every later one."""
    done: list[str] = []

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            if len(done) >= writes:
                raise Killed(2013, f"Lost connection before {sql}")
            done.append(sql)
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield done


def everything() -> dict[str, Any]:
    """All columns, keys and rows, but for when something was written and the keys that a database hands out."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {table}")
            columns = [column for column, *_ in cursor.description]
            rows = [
                repr([value for column, value in zip(columns, row, strict=True) if column not in NOT_COMPARED])
                for row in cursor.fetchall()
            ]
            found[table] = sorted(columns), sorted(rows), _keys(cursor, table)
    assert found["mark"][1]
    return found


def _keys(cursor: Any, table: str) -> list[str]:
    """Keys and constraints, in no order: a database lists them as it likes."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s", [table])
        return sorted(map(str, cursor.fetchall()))
    keys = connection.introspection.get_constraints(cursor, table)
    return sorted(f"{name} {sorted(key.items(), key=str)}" for name, key in keys.items())
