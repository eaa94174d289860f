"""Whether the portal's database is as the recognizer needs it; leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Engine, Executable, false, func, insert, null, select, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.storage.database.connection import explain, transaction
from recognizer.storage.database.tables import (
    camera_status,
    class_session,
    course,
    django_migrations,
    mark,
    roster_entry,
    student,
)
from recognizer.storage.database.tables import room as room_table

EXPECTED_MIGRATIONS = frozenset(
    {
        ("accounts", "0000_utf8mb4"),
        ("accounts", "0001_initial"),
        ("accounts", "0002_default_time_zone"),
        ("attendance", "0001_initial"),
        ("attendance", "0002_what_was_seen"),
        ("attendance", "0003_facts_from_the_first_release"),
        ("attendance", "0004_facts_are_complete"),
        ("attendance", "0005_records_by_index"),
    }
)
"""The portal's migrations that this release was made for; a test compares them with the portal's own."""

_MARK_WRITTEN = (
    "session_id",
    "student_id",
    "status",
    "source",
    "first_seen_at",
    "last_seen_at",
    "distance",
    "camera_name",
)
_MARK_CHANGED = ("status", "first_seen_at", "last_seen_at")
_CAMERA_CHANGED = ("state", "reported_at", "last_frame_at", "version", "outbox_depth", "gallery_size")


class DatabaseInspection:
    """Asks one question after the other; each raises RegisterUnavailable when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def migrations(self) -> tuple[list[str], list[str]]:
        """The migrations that are missing, and those that this release does not know; both as ``app.name``."""
        apps = {app for app, _ in EXPECTED_MIGRATIONS}
        with transaction(self._engine) as connection:
            rows = connection.execute(
                select(django_migrations.c.app, django_migrations.c.name).where(django_migrations.c.app.in_(apps))
            )
            applied = {(row.app, row.name) for row in rows}
        missing, unknown = EXPECTED_MIGRATIONS - applied, applied - EXPECTED_MIGRATIONS
        return [".".join(pair) for pair in sorted(missing)], [".".join(pair) for pair in sorted(unknown)]

    def missing_rights(self) -> list[str]:
        """What the recognizer would not be allowed to do, each with the database's own words."""
        return [f"{what} ({complaint})" for what, statement in _rights() if (complaint := self._complaint(statement))]

    def rooms(self) -> list[str]:
        """The rooms that the portal knows."""
        with transaction(self._engine) as connection:
            return list(connection.scalars(select(room_table.c.name).order_by(room_table.c.name)))

    def now(self) -> datetime | None:
        """The time of the database's own machine, naive UTC; None for SQLite, which has none of its own."""
        if self._engine.dialect.name == "sqlite":
            return None
        with transaction(self._engine) as connection:
            answer: datetime = connection.execute(select(func.utc_timestamp(6))).scalar_one()
            return answer

    def _complaint(self, statement: Executable) -> str:
        with transaction(self._engine) as connection:
            return _try(connection, statement)


def _try(connection: Connection, statement: Executable) -> str:
    try:
        connection.execute(statement)
    except SQLAlchemyError as error:
        return explain(error)
    finally:
        connection.rollback()
    return ""


def _rights() -> Iterator[tuple[str, Executable]]:
    """Statements that touch no row, yet need the very rights that the recognizer needs."""
    for table in (student, course, roster_entry, room_table, class_session, mark, camera_status):
        yield f"SELECT on {table.name}", select(table).where(false())
    nothing = [null() for _ in _MARK_WRITTEN]
    yield (
        "INSERT on mark",
        insert(mark).from_select(_MARK_WRITTEN, select(*nothing).select_from(room_table).where(false())),
    )
    yield (
        "UPDATE on mark",
        update(mark).values({name: mark.c[name] for name in _MARK_CHANGED}).where(mark.c.source == "camera", false()),
    )
    written = ("room_id", "camera_name", *_CAMERA_CHANGED)
    nothing = [null() for _ in written]
    yield (
        "INSERT on camera_status",
        insert(camera_status).from_select(written, select(*nothing).select_from(room_table).where(false())),
    )
    yield (
        "UPDATE on camera_status",
        update(camera_status).values({name: camera_status.c[name] for name in _CAMERA_CHANGED}).where(false()),
    )
