"""Near misses in the portal's database: entries that grow, in whatever order they come."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.register.near_miss import NearMiss
from recognizer.errors import MarkRefused
from recognizer.storage.database.connection import explain, repeated_where_met
from recognizer.storage.database.hour_entries import GROWS, write_entry
from recognizer.storage.database.lookup import find_room, find_student
from recognizer.storage.database.tables import class_session
from recognizer.storage.database.tables import near_miss as table

COLUMNS = (*GROWS, "sure_below")
"""The columns that change as an entry grows."""


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
        write_entry(connection, table, miss, key, grows=COLUMNS)
