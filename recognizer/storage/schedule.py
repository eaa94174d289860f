"""The class sessions of a room: from the portal's database, and their copy on disk for when it is away."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from recognizer.domain.attendance import ClassSession
from recognizer.storage.database import transaction
from recognizer.storage.tables import class_session, course, room, roster_entry, student

_LOOK_BACK = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=7)

log = logging.getLogger(__name__)


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


class ScheduleFile:
    """The last schedule that was read, kept on disk: a lesson that starts while the database is away is recorded."""

    def __init__(self, path: Path, room_name: str) -> None:
        self._path = path
        self._room_name = room_name

    def load(self) -> list[ClassSession]:
        """The sessions kept for this room; none where there is no copy or it cannot be read, which is logged."""
        try:
            document = json.loads(self._path.read_text("utf-8"))
            if document["room"] != self._room_name:
                return []
            return [_from_json(row) for row in document["sessions"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning(
                "the copy of the schedule in %s is not readable (%s); waiting for the database", self._path, error
            )
            return []

    def version(self) -> object:
        """The file's identity, time and size; None before the first save. Saving puts a new file in its place."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def save(self, sessions: Sequence[ClassSession]) -> None:
        """Replace the copy as a whole: a reader, or a crash, finds the old one or the new one. Raises OSError."""
        document = {"room": self._room_name, "sessions": [_to_json(session) for session in sessions]}
        temporary = self._path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)


def _to_json(session: ClassSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "course_code": session.course_code,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "late_after_minutes": session.late_after_minutes,
        "roster": sorted(session.roster),
    }


def _from_json(row: dict[str, Any]) -> ClassSession:
    return ClassSession(
        id=int(row["id"]),
        course_code=str(row["course_code"]),
        starts_at=datetime.fromisoformat(row["starts_at"]),
        ends_at=datetime.fromisoformat(row["ends_at"]),
        late_after_minutes=int(row["late_after_minutes"]),
        roster=frozenset(map(str, row["roster"])),
    )
