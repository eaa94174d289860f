"""Statements on Django's connection, whoever it is made as."""

from __future__ import annotations

from typing import Any

from django.db import connection


def rows(statement: str, *values: str) -> list[tuple[Any, ...]]:
    """All that it finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def run(statement: str, *values: str) -> None:
    """Nothing is asked."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def change(statement: str) -> int:
    """How many rows it has changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def text(value: str | bytes) -> str:
    """A word of the server's own tables, which may come as bytes."""
    return value.decode() if isinstance(value, bytes) else value
