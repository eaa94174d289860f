"""When the cameras could see, and whom the gallery could name, in the portal's database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, insert, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.register.observation import BlindSpan, Span
from recognizer.errors import MarkRefused
from recognizer.storage.database.connection import explain, repeated
from recognizer.storage.database.lookup import database_now, find_room
from recognizer.storage.database.tables import blind_span, sight


class SqlSightBoard:
    """``ports.SightBoard`` on ``sight`` and ``blind_span``."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def record(self, span: Span) -> None:
        """See ``ports.SightBoard.record``."""
        try:
            repeated(self._engine, lambda c: _write(c, find_room(c, self._room_name), span))
        except SQLAlchemyError as error:
            raise MarkRefused(explain(error)) from None


def _write(connection: Connection, room_id: int, span: Span) -> None:
    """Lengthen the span of that beginning, or insert it. No other program writes these tables."""
    table = blind_span if isinstance(span, BlindSpan) else sight
    is_it = (
        (table.c.room_id == room_id) & (table.c.camera_name == span.camera_name) & (table.c.starts_at == span.starts_at)
    )
    written = {"ends_at": span.ends_at, "recorded_at": database_now(connection)}
    if connection.execute(update(table).where(is_it, table.c.ends_at < span.ends_at).values(written)).rowcount:
        return
    # Nothing to lengthen: it is there and as long already, or not there.
    if connection.execute(update(table).where(is_it).values(ends_at=table.c.ends_at)).rowcount:
        return
    reason = {"reason": span.reason} if isinstance(span, BlindSpan) else {}
    key: dict[str, int | str | datetime] = {
        "room_id": room_id,
        "camera_name": span.camera_name,
        "starts_at": span.starts_at,
    }
    connection.execute(insert(table).values(**key, **written, **reason))
