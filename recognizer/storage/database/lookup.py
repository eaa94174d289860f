"""Rows that others are written beside: the room, a student; and the database's own time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, or_, select

from recognizer.domain.register.numbers import fold_number
from recognizer.errors import MarkRefused, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.storage.database.tables import room, student


def find_room(connection: Connection, name: str) -> int:
    """The room's row. Raises RegisterUnavailable where the portal knows it no more: an admin may put it right."""
    rows = connection.execute(select(room.c.id, room.c.name).where(room.c.name == name))
    for room_id, stored in rows:
        # MariaDB compares without case and trailing spaces.
        if stored == name:
            return int(room_id)
    raise RegisterUnavailable(f'the portal knows no room "{name}" any more; add it there')


def find_student(connection: Connection, number: str, student_id: int | None = None) -> int:
    """The student's row: the one given, where it is still there, else by the number. Raises MarkRefused.

    Where the student was merged into another, it is that one's. Numbers are compared by their folded form. Old ones
    that break the rule have none: they are compared as they are.
    """
    if student_id is not None:
        found = connection.scalar(select(person_id(student)).where(student.c.id == student_id))
        if found is not None:
            return int(found)
    folded = fold_number(number)
    rows = connection.execute(
        select(person_id(student).label("id"), student.c.number, student.c.folded_number).where(
            or_(student.c.folded_number == folded, and_(student.c.folded_number.is_(None), student.c.number == number))
        )
    )
    for row in rows:
        # MariaDB compares without case and accents; another student's number must not do.
        if row.folded_number == folded or (row.folded_number is None and row.number == number):
            return int(row.id)
    raise MarkRefused(f"the portal knows no student with the number {number}")


def person_id(number: FromClause) -> ColumnElement[int]:
    """The student who stands for a row of ``student``: another one where it was merged, mostly itself."""
    return func.coalesce(number.c.merged_into_id, number.c.id)


def ids_of_person(student_id: int) -> Select[tuple[int]]:
    """The rows of a student and of those who were merged into them."""
    return select(student.c.id).where(or_(student.c.id == student_id, student.c.merged_into_id == student_id))


def database_now(connection: Connection) -> ColumnElement[datetime] | datetime:
    """Now by the database's clock, naive UTC, to be written; SQLite has none but this machine's."""
    return utc_now() if connection.dialect.name == "sqlite" else func.utc_timestamp(6)
