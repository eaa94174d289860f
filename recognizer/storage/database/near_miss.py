"""Near misses in the portal's database: entries that grow, in whatever order they come."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.register.near_miss import NearMiss
from recognizer.errors import MarkRefused
from recognizer.storage.database.connection import explain, repeated_where_met
from recognizer.storage.database.lookup import find_room, find_student
from recognizer.storage.database.tables import class_session
from recognizer.storage.database.tables import near_miss as table

GROWS = (
    "first_seen_at",
    "last_seen_at",
    "minutes",
    "distance",
    "sure_below",
    "runner_up_number",
    "runner_up_distance",
    "encodings",
)


class SqlNearMissBoard:
    """``ports.NearMissBoard`` on ``near_miss``. It locks the class session before its own row, as all writers do."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def record(self, miss: NearMiss) -> None:
        """See ``ports.NearMissBoard.record``."""
        try:
            repeated_where_met(self._engine, lambda connection: self._record(connection, miss))
        except SQLAlchemyError as error:
            raise MarkRefused(explain(error)) from None

    def _record(self, connection: Connection, miss: NearMiss) -> None:
        room_id = find_room(connection, self._room_name)
        session = select(class_session.c.id).where(class_session.c.id == miss.session_id)
        if connection.scalar(session.with_for_update(read=True)) is None:
            raise MarkRefused(f"class session {miss.session_id} is gone")
        key = {
            "session_id": miss.session_id,
            "student_id": find_student(connection, miss.student_number, miss.student_id),
            "room_id": room_id,
            "camera_name": miss.camera_name,
            "hour": miss.hour,
        }
        _write(connection, miss, key)


def _write(connection: Connection, miss: NearMiss, key: dict[str, Any]) -> None:
    """Insert the entry, or merge it with the one of its key. No other program writes the table."""
    is_it = [table.c[name] == value for name, value in key.items()]
    # Changes nothing, and locks the row: what is read below stays so until the end of the transaction.
    if not connection.execute(update(table).where(*is_it).values(minutes=table.c.minutes)).rowcount:
        connection.execute(insert(table).values(**key, **{name: getattr(miss, name) for name in GROWS}))
        return
    said = connection.execute(select(*(table.c[name] for name in GROWS)).where(*is_it)).one()._asdict()
    known = NearMiss(miss.session_id, miss.student_number, miss.camera_name, miss.hour, **said)
    merged = known.merged(miss)
    changed = {name: getattr(merged, name) for name in GROWS if getattr(merged, name) != said[name]}
    if changed:
        connection.execute(update(table).where(*is_it).values(changed))
