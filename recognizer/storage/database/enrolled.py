"""Whom the room's gallery could name, in the portal's database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from recognizer.domain.ports.delivery import Enrolment
from recognizer.domain.register.numbers import fold_number
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import explain, repeated
from recognizer.storage.database.lookup import database_now, find_room
from recognizer.storage.database.schedule import find_expected
from recognizer.storage.database.tables import enrolled, student

_Answer = TypeVar("_Answer")


class SqlEnrolledBoard:
    """``ports.EnrolledBoard`` on ``enrolled``: for the students on the rosters of the room's class sessions."""

    def __init__(self, engine: Engine, room_name: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._room_name = room_name
        self._now = now

    def differences(self, references: Mapping[str, int]) -> list[Enrolment]:
        """See ``ports.EnrolledBoard.differences``."""
        counts: dict[str, int] = defaultdict(int)
        for number, count in references.items():
            counts[fold_number(number)] += count
        return self._repeated(lambda connection: self._compare(connection, counts))

    def record(self, enrolment: Enrolment, changed_at: datetime) -> None:
        """See ``ports.EnrolledBoard.record``."""
        # A file restored from a machine whose clock was ahead.
        since = min(changed_at, self._now())
        self._repeated(lambda connection: _write(connection, find_room(connection, self._room_name), enrolment, since))

    def _repeated(self, work: Callable[[Connection], _Answer]) -> _Answer:
        try:
            return repeated(self._engine, work)
        except SQLAlchemyError as error:
            raise RegisterUnavailable(f"the database does not take who is enrolled: {explain(error)}") from None

    def _compare(self, connection: Connection, counts: Mapping[str, int]) -> list[Enrolment]:
        room_id = find_room(connection, self._room_name)
        written: dict[int, int] = {}
        numbers = find_expected(connection, self._room_name, self._now())
        rows = connection.execute(
            select(enrolled.c.student_id, enrolled.c.removed_at, enrolled.c.reference_count, student.c.number)
            .join(student, student.c.id == enrolled.c.student_id)
            .where(enrolled.c.room_id == room_id)
        )
        for row in rows:
            numbers.setdefault(row.student_id, set()).add(row.number)
            if row.removed_at is None:
                written[row.student_id] = row.reference_count
        named = [
            Enrolment(student_id, sum(counts.get(form, 0) for form in {fold_number(number) for number in known}))
            for student_id, known in numbers.items()
        ]
        return [each for each in named if each.references != written.get(each.student_id, 0)]


def _write(connection: Connection, room_id: int, enrolment: Enrolment, since: datetime) -> None:
    """Bring a student's rows to what the gallery says."""
    count, recorded_at = enrolment.references, database_now(connection)
    is_theirs = (enrolled.c.room_id == room_id) & (enrolled.c.student_id == enrolment.student_id)
    rows = connection.execute(select(enrolled).where(is_theirs)).all()
    open_row = next((row for row in rows if row.removed_at is None), None)
    if open_row is not None:
        changed = {"reference_count": count} if count else {"removed_at": max(since, open_row.enrolled_at)}
        connection.execute(
            update(enrolled).where(enrolled.c.id == open_row.id).values(**changed, recorded_at=recorded_at)
        )
        return
    if not count:
        return
    # A gallery restored from a backup is older than the removal; then the student is back since that.
    enrolled_at = max([since, *(row.removed_at for row in rows)])
    same = next((row for row in rows if row.enrolled_at == enrolled_at), None)
    if same is not None:
        anew = {"removed_at": None, "reference_count": count, "recorded_at": recorded_at}
        connection.execute(update(enrolled).where(enrolled.c.id == same.id).values(anew))
        return
    connection.execute(
        insert(enrolled).values(
            room_id=room_id,
            student_id=enrolment.student_id,
            reference_count=count,
            enrolled_at=enrolled_at,
            recorded_at=recorded_at,
        )
    )
