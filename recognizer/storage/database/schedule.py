"""The class sessions of a room, from the portal's database."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, or_, select

from recognizer.domain.register.attendance import ClassSession
from recognizer.storage.database.connection import repeated
from recognizer.storage.database.lookup import person_id
from recognizer.storage.database.tables import class_session, course, room, roster_entry, student

_LOOK_BACK = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=7)

_member = student.alias("member")
"""The student whom a roster entry names."""
_person = student.alias("person")
"""The student who stands for that one."""


class SqlSchedule:
    """``ports.Schedule`` on the tables of the portal."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def sessions(self, now: datetime) -> list[ClassSession]:
        """See ``ports.Schedule.sessions``; students that are no longer active are not on a roster."""
        return repeated(self._engine, lambda connection: _read_sessions(connection, self._room_name, now))


class SqlRosterRecords:
    """``ports.RosterRecords`` on the tables of the portal."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def expected(self, since: datetime) -> frozenset[str]:
        """See ``ports.RosterRecords.expected``."""
        numbers = _with_numbers(select_expected(student.c.number, self._room_name, since))
        return repeated(self._engine, lambda connection: frozenset(connection.scalars(numbers)))


def select_expected(column: ColumnElement[Any], room_name: str, since: datetime) -> Select[Any]:
    """The column of those on the roster of a class session in the room that ends after that instant, each once."""
    return (
        select(column)
        .distinct()
        .select_from(roster_entry)
        .join(class_session, class_session.c.course_id == roster_entry.c.course_id)
        .join(room, room.c.id == class_session.c.room_id)
        .where(
            room.c.name == room_name,
            class_session.c.is_cancelled.is_(False),
            class_session.c.ends_at > since,
            or_(roster_entry.c.since.is_(None), roster_entry.c.since <= class_session.c.day),
            or_(roster_entry.c.until.is_(None), roster_entry.c.until >= class_session.c.day),
        )
    )


def find_expected(connection: Connection, room_name: str, now: datetime) -> dict[int, set[str]]:
    """The rows and numbers of the students on the rosters of the room's class sessions around now.

    A person has more than one number where a student was merged into another.
    """
    numbers: dict[int, set[str]] = defaultdict(set)
    for session in _read_sessions(connection, room_name, now):
        for number, student_id in session.student_ids.items():
            numbers[student_id].add(number)
    return numbers


def _with_numbers(rows: Select[Any]) -> Select[Any]:
    """Rows of roster entries with every number of the person: a row of ``student`` for each, and ``_person`` is active.

    A gallery may know the person by any of them.
    """
    return (
        rows.join(_member, _member.c.id == roster_entry.c.student_id)
        .join(_person, _person.c.id == person_id(_member))
        .join(student, or_(student.c.id == _person.c.id, student.c.merged_into_id == _person.c.id))
        .where(_person.c.is_active.is_(True))
    )


def _read_sessions(connection: Connection, room_name: str, now: datetime) -> list[ClassSession]:
    rows = connection.execute(
        select(
            class_session.c.id,
            class_session.c.course_id,
            course.c.code,
            class_session.c.starts_at,
            class_session.c.ends_at,
            class_session.c.day,
            class_session.c.late_after_minutes,
        )
        .join(room, room.c.id == class_session.c.room_id)
        .join(course, course.c.id == class_session.c.course_id)
        .where(
            room.c.name == room_name,
            class_session.c.is_cancelled.is_(False),
            class_session.c.ends_at > now - _LOOK_BACK,
            class_session.c.starts_at < now + _LOOK_AHEAD,
        )
        .order_by(class_session.c.starts_at, class_session.c.id)
    ).all()
    members = _members(connection, {row.course_id for row in rows})
    return [_to_session(row, members[row.course_id]) for row in rows]


def _members(connection: Connection, course_ids: set[int]) -> dict[int, list[Any]]:
    members: dict[int, list[Any]] = defaultdict(list)
    columns = roster_entry.c.course_id, roster_entry.c.since, roster_entry.c.until, _person.c.id, student.c.number
    rows = connection.execute(
        _with_numbers(select(*columns).select_from(roster_entry)).where(roster_entry.c.course_id.in_(course_ids))
    )
    for row in rows:
        members[row.course_id].append(row)
    return members


def _to_session(row: Any, members: list[Any]) -> ClassSession:
    """With the roster of its day."""
    student_ids = {
        member.number: int(member.id)
        for member in members
        if (member.since is None or member.since <= row.day) and (member.until is None or member.until >= row.day)
    }
    return ClassSession(
        row.id, row.code, row.starts_at, row.ends_at, row.late_after_minutes, frozenset(student_ids), student_ids
    )
