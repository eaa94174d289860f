"""Entries of an hour in their tables: they grow, whoever writes them and in whatever order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, select, update

from recognizer.domain.register.hour_entry import HourEntry

GROWS = (
    "first_seen_at",
    "last_seen_at",
    "minutes",
    "distance",
    "runner_up_number",
    "runner_up_distance",
    "encodings",
)
"""The columns of every entry that change as it grows."""


def write_entry(
    connection: Connection,
    table: Table,
    entry: HourEntry,
    key: Mapping[str, Any],
    *,
    grows: Sequence[str] = GROWS,
    stays: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """Insert the entry, or merge it with the row of its key; what stays of the row, as it stands now.

    grows: the columns that change with the entry. stays: the others, which are written with a new row alone.

    Raises IntegrityError where another inserts the same key meanwhile.
    """
    stays, is_it = stays or {}, row_of(table, key)
    # Changes nothing, and locks the row: what is read below stays so until the end of the transaction.
    if not connection.execute(update(table).where(*is_it).values(minutes=table.c.minutes)).rowcount:
        said = {name: getattr(entry, name) for name in grows}
        connection.execute(insert(table).values(**key, **said, **stays))
        return stays
    row = connection.execute(select(*(table.c[name] for name in (*grows, *stays))).where(*is_it)).one()._asdict()
    merged = replace(entry, **{name: row[name] for name in grows}).merged(entry)
    changed = {name: getattr(merged, name) for name in grows if getattr(merged, name) != row[name]}
    if changed:
        connection.execute(update(table).where(*is_it).values(changed))
    return {name: row[name] for name in stays}


def row_of(table: Table, key: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """What is so of the row of that key alone."""
    return [table.c[name] == value for name, value in key.items()]
