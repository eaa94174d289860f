"""The table ``evidence``: entries that grow, whoever writes them and in whatever order."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.exc import DBAPIError

from recognizer.domain.register.evidence import Evidence
from recognizer.storage.database.connection import error_code
from recognizer.storage.database.hour_entries import GROWS, row_of, write_entry
from recognizer.storage.database.lookup import ids_of_person
from recognizer.storage.database.tables import evidence as table
from recognizer.storage.database.tables import student

_NO_PLACE = (1054, 1143)
"""An unknown column; a column without the right."""


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
    stays = {"is_confirmed": entry.is_confirmed, "room_id": room_id}
    is_confirmed: bool = write_entry(connection, table, entry, key, stays=stays)["is_confirmed"]
    if entry.suspicion:
        _write_suspicion(connection, entry.suspicion, row_of(table, key))
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
    columns = [table.c[name] for name in ("session_id", "camera_name", "hour", "is_confirmed", "is_between", *GROWS)]
    rows = connection.execute(
        select(*columns, student.c.number.label("student_number"))
        .join(student, student.c.id == table.c.student_id)
        .where(table.c.session_id == session_id, table.c.student_id.in_(ids_of_person(student_id)))
        .order_by(table.c.camera_name, table.c.hour, table.c.clock_was_wrong, table.c.is_between)
    )
    return [Evidence(**row._asdict()) for row in rows]
