"""Whom the room's gallery could name, in the portal's database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.register.numbers import fold_number
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import explain, repeated
from recognizer.storage.database.lookup import database_now, find_room
from recognizer.storage.database.schedule import find_expected
from recognizer.storage.database.tables import enrolled, student


class SqlEnrolledBoard:
    """``ports.EnrolledBoard`` on ``enrolled``: for the students on the rosters of the room's class sessions."""

    def __init__(self, engine: Engine, room_name: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._room_name = room_name
        self._now = now

    def record(self, references: Mapping[str, int], changed_at: datetime) -> int:
        """See ``ports.EnrolledBoard.record``."""
        counts: dict[str, int] = defaultdict(int)
        for number, count in references.items():
            counts[fold_number(number)] += count
        now = self._now()
        # A file restored from a machine whose clock was ahead.
        since = min(changed_at, now)
        try:
            return repeated(self._engine, lambda connection: self._compare(connection, counts, since, now))
        except SQLAlchemyError as error:
            raise RegisterUnavailable(f"the database does not take who is enrolled: {explain(error)}") from None

    def _compare(self, connection: Connection, counts: Mapping[str, int], since: datetime, now: datetime) -> int:
        room_id = find_room(connection, self._room_name)
        rows = _rows(connection, room_id)
        named = {student_id: counts.get(fold_number(number), 0) for student_id, number in rows.numbers.items()}
        expected = find_expected(connection, self._room_name, now)
        named |= {student_id: counts.get(fold_number(number), 0) for student_id, number in expected.items()}
        return sum(
            _write(connection, room_id, student_id, count, since, rows.of[student_id])
            for student_id, count in named.items()
        )


class _Rows:
    """What is written of the room: the rows of each student, the latest last, and the numbers they have now."""

    def __init__(self) -> None:
        self.of: dict[int, list[Row[Any]]] = defaultdict(list)
        self.numbers: dict[int, str] = {}


def _rows(connection: Connection, room_id: int) -> _Rows:
    rows = _Rows()
    found = connection.execute(
        select(enrolled, student.c.number)
        .join(student, student.c.id == enrolled.c.student_id)
        .where(enrolled.c.room_id == room_id)
        .order_by(enrolled.c.enrolled_at)
    )
    for row in found:
        rows.of[row.student_id].append(row)
        rows.numbers[row.student_id] = row.number
    return rows


def _write(
    connection: Connection, room_id: int, student_id: int, count: int, since: datetime, rows: list[Row[Any]]
) -> int:
    """Bring a student's rows to what the gallery says: 1 where something changed."""
    open_row = next((row for row in rows if row.removed_at is None), None)
    recorded_at = database_now(connection)
    if open_row is not None:
        if count == open_row.reference_count:
            return 0
        changed = {"reference_count": count} if count else {"removed_at": max(since, open_row.enrolled_at)}
        connection.execute(
            update(enrolled).where(enrolled.c.id == open_row.id).values(**changed, recorded_at=recorded_at)
        )
        return 1
    if not count:
        return 0
    # A gallery restored from a backup is older than the removal; then the student is back since that.
    enrolled_at = max([since, *(row.removed_at for row in rows)])
    same = next((row for row in rows if row.enrolled_at == enrolled_at), None)
    if same is not None:
        anew = {"removed_at": None, "reference_count": count, "recorded_at": recorded_at}
        connection.execute(update(enrolled).where(enrolled.c.id == same.id).values(anew))
        return 1
    connection.execute(
        insert(enrolled).values(
            room_id=room_id,
            student_id=student_id,
            reference_count=count,
            enrolled_at=enrolled_at,
            recorded_at=recorded_at,
        )
    )
    return 1
