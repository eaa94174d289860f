"""Whether the portal's database is as the recognizer needs it; leaves nothing behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Executable, Table, false, func, insert, null, select, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.ports.lease import Lease
from recognizer.ops.clock import utc_now
from recognizer.storage.database.connection import REFUSED_BY_TRIGGER, error_code, explain, transaction
from recognizer.storage.database.hour_entries import GROWS
from recognizer.storage.database.lookup import database_now
from recognizer.storage.database.near_miss import COLUMNS as NEAR_MISS_COLUMNS
from recognizer.storage.database.tables import (
    VIEWS,
    blind_span,
    camera_status,
    class_session,
    course,
    enrolled,
    evidence,
    mark,
    mark_change,
    metadata,
    near_miss,
    outbox_fault,
    room_camera,
    room_lease,
    roster_entry,
    sight,
    student,
)
from recognizer.storage.database.tables import room as room_table

_READ = (
    student,
    course,
    roster_entry,
    room_table,
    class_session,
    mark,
    evidence,
    near_miss,
    enrolled,
    room_camera,
    room_lease,
)
_UPDATED = {
    mark: ("status", "source", "because", "first_seen_at", "last_seen_at", "distance", "camera_name"),
    evidence: (*GROWS, "suspicion"),
    near_miss: NEAR_MISS_COLUMNS,
    sight: ("ends_at", "recorded_at"),
    blind_span: ("ends_at", "recorded_at"),
    enrolled: ("reference_count", "removed_at", "recorded_at"),
    room_camera: ("until", "recorded_at"),
    camera_status: tuple(each.name for each in camera_status.c if each.name not in ("id", "room_id", "camera_name")),
    room_lease: ("holder", "token", "machine", "held_since", "expires_at", "waiting_machine", "waiting_at"),
    outbox_fault: ("entries_lost", "recorded_at"),
}
"""Tables that the recognizer inserts into, and the columns by which it updates them; the others are a row's key."""


class DatabaseInspection:
    """Asks one question after the other; each raises RegisterUnavailable when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def missing_columns(self) -> list[str]:
        """What this release maps and the database has not, as ``table`` or ``table.column``; more is no fault.

        A table on which the user has no right at all counts as missing: the database does not tell the two apart.
        """
        with transaction(self._engine) as connection:
            found = _columns(connection)
        missing = []
        for name, table in sorted(metadata.tables.items()):
            if name not in found:
                missing.append(name)
            else:
                # The database shows the columns that the user has a right on; on the key of a table that is only
                # inserted into there is none.
                needed = [column.name for column in _needed(table) if not column.primary_key]
                missing += [f"{name}.{column}" for column in needed if column not in found[name]]
        return missing

    def missing_rights(self) -> list[str]:
        """What the recognizer would not be allowed to do, each with the database's own words."""
        return [f"{what} ({complaint})" for what, statement in _rights() if (complaint := self._complaint(statement))]

    def has_triggers(self) -> bool | None:
        """See ``ports.Inspection.has_triggers``.

        Only who could remove them is shown the triggers, so each is tried: with a row of no class session, which the
        database would not take either way.
        """
        if self._engine.dialect.name == "sqlite":
            return None
        return all(self._is_refused_by_trigger(statement) for statement in _forgeries())

    def is_encrypted(self) -> bool | None:
        """See ``ports.Inspection.is_encrypted``."""
        if self._engine.dialect.name == "sqlite":
            return None
        with transaction(self._engine) as connection:
            row = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Ssl_cipher'").first()
        return bool(row and row[1])

    def rooms(self) -> list[str]:
        """The rooms that the portal knows."""
        with transaction(self._engine) as connection:
            return list(connection.scalars(select(room_table.c.name).order_by(room_table.c.name)))

    def next_session(self, room_name: str, now: datetime) -> tuple[str, datetime, str] | None:
        """See ``ports.Inspection.next_session``."""
        query = (
            select(course.c.code, class_session.c.starts_at, room_table.c.time_zone)
            .join(room_table, room_table.c.id == class_session.c.room_id)
            .join(course, course.c.id == class_session.c.course_id)
            .where(
                room_table.c.name == room_name,
                class_session.c.is_cancelled.is_(False),
                class_session.c.ends_at > now,
            )
            .order_by(class_session.c.starts_at, class_session.c.id)
            .limit(1)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query).first()
        return (row.code, row.starts_at, row.time_zone) if row else None

    def lease(self, room_name: str) -> Lease | None:
        """See ``ports.Inspection.lease``."""
        query = (
            select(room_lease.c.holder, room_lease.c.machine, room_lease.c.held_since)
            .join(room_table, room_table.c.id == room_lease.c.room_id)
            .where(room_table.c.name == room_name)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query.where(room_lease.c.expires_at > database_now(connection))).first()
        return Lease(row.holder, row.machine, row.held_since) if row else None

    def now(self) -> datetime | None:
        """The time of the database's own machine, naive UTC; None for SQLite, which has none of its own."""
        if self._engine.dialect.name == "sqlite":
            return None
        with transaction(self._engine) as connection:
            answer: datetime = connection.execute(select(func.utc_timestamp(6))).scalar_one()
            return answer

    def _is_refused_by_trigger(self, statement: Executable) -> bool:
        with transaction(self._engine) as connection:
            try:
                connection.execute(statement)
            except SQLAlchemyError as error:
                return error_code(error) == REFUSED_BY_TRIGGER
            finally:
                connection.rollback()
        return False

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


def _forgeries() -> Iterator[Executable]:
    """A mark and a change in a person's name."""
    nobody = {"session_id": 0, "student_id": 0}
    yield insert(mark).values(**nobody, status="present", source="lecturer", because="", camera_name="")
    said = {"from_status": "", "from_source": "", "to_status": "present", "to_source": "lecturer", "reason": "-"}
    yield insert(mark_change).values(**nobody, action="set", program="recognizer", changed_at=utc_now(), **said)


def _columns(connection: Connection) -> dict[str, set[str]]:
    """The columns of each table, as far as the user may see them."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
    else:
        statement = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
    found: dict[str, set[str]] = defaultdict(set)
    for table, column in connection.exec_driver_sql(statement):
        found[table].add(column)
    if connection.dialect.name == "sqlite":
        found |= {view: found[table] for view, table in VIEWS.items() if table in found}
    return found


def _needed(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not column.info.get("is_optional")]


def _rights() -> Iterator[tuple[str, Executable]]:
    """Statements that touch no row, yet need the very rights that the recognizer needs."""
    for table in _READ:
        yield f"SELECT on {table.name}", select(*_needed(table)).where(false())
    for table in (mark_change, *_UPDATED):
        written = [column.name for column in _needed(table) if column.name != "id"]
        nothing = select(*[null() for _ in written]).select_from(room_table).where(false())
        yield f"INSERT on {table.name}", insert(table).from_select(written, nothing)
    for table, names in _UPDATED.items():
        kept = {column.name: column for column in _needed(table) if column.name in names}
        yield f"UPDATE on {table.name}", update(table).values(kept).where(false())
