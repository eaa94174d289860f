"""The table ``evidence``: entries that grow, whoever writes them and in whatever order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import DBAPIError

from recognizer.domain.register.evidence import Evidence
from recognizer.storage.database.connection import error_code
from recognizer.storage.database.lookup import ids_of_person
from recognizer.storage.database.tables import evidence as table
from recognizer.storage.database.tables import student

_NO_PLACE = (1054, 1143)
"""An unknown column; a column without the right."""

_SAID = (
    "first_seen_at",
    "last_seen_at",
    "minutes",
    "distance",
    "runner_up_number",
    "runner_up_distance",
    "encodings",
)


def write_evidence(connection: Connection, entry: Evidence, student_id: int, room_id: int) -> bool:
    """Insert the entry, or merge it with the one of its key; whether it is confirmed as it stands now.

    What a person has confirmed stays confirmed, also where a wrong clock's entry grows afterwards.

    Raises IntegrityError where another inserts the same key meanwhile.
    """
    key = {
        "session_id": entry.session_id,
        "student_id": student_id,
        "camera_name": entry.camera_name,
        "hour": entry.hour,
        "clock_was_wrong": not entry.is_confirmed,
        "is_between": entry.is_between,
    }
    is_it = [table.c[name] == value for name, value in key.items()]
    is_confirmed = _write(connection, entry, key, is_it, room_id)
    if entry.suspicion:
        _write_suspicion(connection, entry.suspicion, is_it)
    return is_confirmed


def _write(
    connection: Connection, entry: Evidence, key: dict[str, Any], is_it: list[ColumnElement[bool]], room_id: int
) -> bool:
    # Changes nothing, and locks the row: what is read below stays so until the end of the transaction.
    if not connection.execute(update(table).where(*is_it).values(minutes=table.c.minutes)).rowcount:
        values = {name: getattr(entry, name) for name in _SAID}
        connection.execute(insert(table).values(**key, **values, is_confirmed=entry.is_confirmed, room_id=room_id))
        return entry.is_confirmed
    columns = [table.c[name] for name in (*_SAID, "is_confirmed")]
    said = connection.execute(select(*columns).where(*is_it)).one()._asdict()
    is_confirmed: bool = said.pop("is_confirmed")
    known = Evidence(entry.session_id, entry.student_number, entry.camera_name, entry.hour, **said)
    merged = known.merged(entry)
    changed = {name: getattr(merged, name) for name in _SAID if getattr(merged, name) != said[name]}
    if changed:
        connection.execute(update(table).where(*is_it).values(changed))
    return is_confirmed


def _write_suspicion(connection: Connection, suspicion: str, is_it: list[ColumnElement[bool]]) -> None:
    """The first of an entry stays. Where the database has no place for it, or gives no right, it is left out."""
    try:
        with connection.begin_nested():
            connection.execute(update(table).where(*is_it, table.c.suspicion.is_(None)).values(suspicion=suspicion))
    except DBAPIError as error:
        if error_code(error) not in _NO_PLACE and "no such column" not in str(error.orig):
            raise


def read_evidence(connection: Connection, session_id: int, student_id: int) -> list[Evidence]:
    """All entries of a student, and of who was merged into them, in a class session, in the portal's order."""
    columns = [table.c[name] for name in ("session_id", "camera_name", "hour", "is_confirmed", "is_between", *_SAID)]
    rows = connection.execute(
        select(*columns, student.c.number.label("student_number"))
        .join(student, student.c.id == table.c.student_id)
        .where(table.c.session_id == session_id, table.c.student_id.in_(ids_of_person(student_id)))
        .order_by(table.c.camera_name, table.c.hour, table.c.clock_was_wrong, table.c.is_between)
    )
    return [Evidence(**row._asdict()) for row in rows]
