"""The board of camera states in the portal's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from recognizer.domain.register.status import CameraStatus
from recognizer.storage.database.connection import repeated
from recognizer.storage.database.lookup import find_room
from recognizer.storage.database.tables import camera_status


class SqlStatusBoard:
    """``ports.StatusBoard`` on ``camera_status``: one row for each camera of the room."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def post(self, statuses: Sequence[CameraStatus]) -> None:
        """See ``ports.StatusBoard.post``."""

        def write(connection: Connection) -> None:
            room_id = find_room(connection, self._room_name)
            for status in statuses:
                _post(connection, room_id, status)

        repeated(self._engine, write)

    def now(self) -> datetime | None:
        """See ``ports.StatusBoard.now``."""
        if self._engine.dialect.name == "sqlite":
            return None

        def ask(connection: Connection) -> datetime:
            answer: datetime = connection.execute(select(func.utc_timestamp(6))).scalar_one()
            return answer

        return repeated(self._engine, ask)


def _post(connection: Connection, room_id: int, status: CameraStatus) -> None:
    values = asdict(status)
    name = values.pop("camera_name")
    last_frame_at = func.coalesce(values.pop("last_frame_at"), camera_status.c.last_frame_at)
    changed = connection.execute(
        update(camera_status)
        .where(camera_status.c.room_id == room_id, camera_status.c.camera_name == name)
        .values(**values, last_frame_at=last_frame_at)
    )
    if changed.rowcount == 0:
        connection.execute(insert(camera_status).values(room_id=room_id, **asdict(status)))
