"""The lease of a room in the portal's database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from recognizer.domain.ports.lease import Identity, Lease
from recognizer.ops.clock import utc_now
from recognizer.storage.database.connection import repeated
from recognizer.storage.database.lookup import database_now, find_room
from recognizer.storage.database.tables import room_lease


class SqlLeaseBoard:
    """``ports.LeaseBoard`` on ``room_lease``: one row a room. lease_seconds: how long it lasts after each renewal."""

    def __init__(self, engine: Engine, room_name: str, identity: Identity, lease_seconds: float) -> None:
        self._engine = engine
        self._room_name = room_name
        self._identity = identity
        self._seconds = lease_seconds

    def take(self, *, is_start: bool) -> Lease | None:
        """See ``ports.LeaseBoard.take``."""

        def ask(connection: Connection) -> Lease | None:
            room_id = find_room(connection, self._room_name)
            if self._renew(connection, room_id) or self._take_over(connection, room_id, is_start):
                return None
            if self._insert(connection, room_id):
                return None
            self._say_waiting(connection, room_id)
            row = connection.execute(
                select(room_lease.c.holder, room_lease.c.machine, room_lease.c.held_since).where(
                    room_lease.c.room_id == room_id
                )
            ).one()
            return Lease(row.holder, row.machine, row.held_since)

        return repeated(self._engine, ask)

    def release(self) -> None:
        """See ``ports.LeaseBoard.release``."""

        def end(connection: Connection) -> None:
            now = database_now(connection)
            connection.execute(
                update(room_lease).where(room_lease.c.token == self._identity.token).values(expires_at=now)
            )

        repeated(self._engine, end)

    def _renew(self, connection: Connection, room_id: int) -> bool:
        changed = connection.execute(
            update(room_lease)
            .where(room_lease.c.room_id == room_id, room_lease.c.token == self._identity.token)
            .values(expires_at=self._expiry(connection))
        )
        return changed.rowcount > 0

    def _take_over(self, connection: Connection, room_id: int, is_start: bool) -> bool:
        """One statement decides: of two that find it expired, one gets it."""
        is_free = room_lease.c.expires_at <= database_now(connection)
        if is_start:
            is_free = or_(is_free, room_lease.c.holder == self._identity.holder)
        changed = connection.execute(
            update(room_lease).where(and_(room_lease.c.room_id == room_id, is_free)).values(self._row(connection))
        )
        return changed.rowcount > 0

    def _insert(self, connection: Connection, room_id: int) -> bool:
        try:
            with connection.begin_nested():
                connection.execute(insert(room_lease).values(room_id=room_id, **self._row(connection)))
        except IntegrityError:  # It is there, and held.
            return False
        return True

    def _say_waiting(self, connection: Connection, room_id: int) -> None:
        """For the portal, which shows who waits."""
        connection.execute(
            update(room_lease)
            .where(room_lease.c.room_id == room_id)
            .values(waiting_machine=self._identity.machine, waiting_at=database_now(connection))
        )

    def _row(self, connection: Connection) -> dict[str, Any]:
        return {
            "holder": self._identity.holder,
            "token": self._identity.token,
            "machine": self._identity.machine,
            "held_since": database_now(connection),
            "expires_at": self._expiry(connection),
            "waiting_machine": None,
            "waiting_at": None,
        }

    def _expiry(self, connection: Connection) -> Any:
        if connection.dialect.name == "sqlite":
            return utc_now() + timedelta(seconds=self._seconds)
        return func.timestampadd(text("MICROSECOND"), int(self._seconds * 1e6), func.utc_timestamp(6))
