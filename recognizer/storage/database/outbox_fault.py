"""What could not be kept, in the portal's database."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError

from recognizer.domain.register.outbox_fault import OutboxFault
from recognizer.errors import MarkRefused
from recognizer.storage.database.connection import explain, repeated
from recognizer.storage.database.lookup import database_now, find_room
from recognizer.storage.database.tables import outbox_fault


class SqlOutboxFaultBoard:
    """``ports.OutboxFaultBoard`` on ``outbox_fault``."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def record(self, fault: OutboxFault) -> None:
        """See ``ports.OutboxFaultBoard.record``."""

        def write(connection: Connection) -> None:
            room_id, now = find_room(connection, self._room_name), database_now(connection)
            is_it = (outbox_fault.c.room_id == room_id) & (outbox_fault.c.happened_at == fault.happened_at)
            lost = connection.scalar(select(outbox_fault.c.entries_lost).where(is_it))
            if lost is None:
                connection.execute(insert(outbox_fault).values(room_id=room_id, recorded_at=now, **asdict(fault)))
            elif lost < fault.entries_lost:
                connection.execute(
                    update(outbox_fault).where(is_it).values(entries_lost=fault.entries_lost, recorded_at=now)
                )

        try:
            repeated(self._engine, write)
        except DBAPIError as error:
            raise MarkRefused(explain(error)) from None
