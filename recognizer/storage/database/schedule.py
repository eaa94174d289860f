"""The class sessions of a room, from the portal's database."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select

from recognizer.domain.register.attendance import ClassSession
from recognizer.storage.database.connection import transaction
from recognizer.storage.database.tables import class_session, course, room, roster_entry, student

_LOOK_BACK = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=7)


class SqlSchedule:
    """``ports.Schedule`` on the tables of the portal."""

    def __init__(self, engine: Engine, room_name: str) -> None:
        self._engine = engine
        self._room_name = room_name

    def sessions(self, now: datetime) -> list[ClassSession]:
        """See ``ports.Schedule.sessions``; students that are no longer active are not on a roster."""
        with transaction(self._engine) as connection:
            rows = connection.execute(
                select(
                    class_session.c.id,
                    class_session.c.course_id,
                    course.c.code,
                    class_session.c.starts_at,
                    class_session.c.ends_at,
                    class_session.c.late_after_minutes,
                )
                .join(room, room.c.id == class_session.c.room_id)
                .join(course, course.c.id == class_session.c.course_id)
                .where(
                    room.c.name == self._room_name,
                    class_session.c.is_cancelled.is_(False),
                    class_session.c.ends_at > now - _LOOK_BACK,
                    class_session.c.starts_at < now + _LOOK_AHEAD,
                )
                .order_by(class_session.c.starts_at, class_session.c.id)
            ).all()
            rosters = _rosters(connection, {row.course_id for row in rows})
        return [
            ClassSession(row.id, row.code, row.starts_at, row.ends_at, row.late_after_minutes, rosters[row.course_id])
            for row in rows
        ]


def _rosters(connection: Connection, course_ids: set[int]) -> dict[int, frozenset[str]]:
    numbers: dict[int, set[str]] = defaultdict(set)
    rows = connection.execute(
        select(roster_entry.c.course_id, student.c.number)
        .join(student, student.c.id == roster_entry.c.student_id)
        .where(roster_entry.c.course_id.in_(course_ids), student.c.is_active.is_(True))
    )
    for course_id, number in rows:
        numbers[course_id].add(number)
    return defaultdict(frozenset, {course_id: frozenset(found) for course_id, found in numbers.items()})
