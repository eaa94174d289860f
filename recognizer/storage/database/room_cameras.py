"""Which cameras belong to a room, in the portal's database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, Row, case, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from recognizer.domain.ports.delivery import RoomCamera
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import explain, repeated
from recognizer.storage.database.lookup import database_now, find_room
from recognizer.storage.database.tables import room, room_camera


class SqlRoomCameraBoard:
    """``ports.RoomCameraBoard`` on ``room_camera``. Instants are the database's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, cameras: Collection[RoomCamera], gone: Collection[RoomCamera]) -> int:
        """See ``ports.RoomCameraBoard.record``."""

        def write(connection: Connection) -> int:
            there = _cameras_there(connection)
            ended = [row for camera, row in there.items() if camera in gone]
            new = [camera for camera in sorted(cameras) if camera not in there]
            for row in ended:
                _end(connection, row)
            return len(ended) + sum(_add(connection, camera) for camera in new)

        try:
            return repeated(self._engine, write)
        except SQLAlchemyError as error:
            raise RegisterUnavailable(f"the database does not take the room's cameras: {explain(error)}") from None


def _cameras_there(connection: Connection) -> dict[RoomCamera, Row[Any]]:
    """Cameras that belong to a room now, compared here: MariaDB takes letters of either case for the same."""
    rows = connection.execute(
        select(room.c.name, room_camera)
        .join(room, room.c.id == room_camera.c.room_id)
        .where(room_camera.c.until.is_(None))
    )
    return {RoomCamera(row.name, row.camera_name): row for row in rows}


def _end(connection: Connection, row: Row[Any]) -> None:
    now = database_now(connection)
    until = case((room_camera.c.since > now, room_camera.c.since), else_=now)
    ended = update(room_camera).where(room_camera.c.id == row.id, room_camera.c.until.is_(None))
    connection.execute(ended.values(until=until, recorded_at=now))


def _add(connection: Connection, camera: RoomCamera) -> bool:
    """Whether it was added: another recognizer may just have done so, and then it has it already."""
    now = database_now(connection)
    key = {"room_id": find_room(connection, camera.room_name), "camera_name": camera.camera_name}
    try:
        with connection.begin_nested():
            connection.execute(insert(room_camera).values(**key, since=now, recorded_at=now))
    except IntegrityError:
        if camera not in _cameras_there(connection):
            raise
        return False
    return True
