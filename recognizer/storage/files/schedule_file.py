"""The class sessions of a room, copied to disk for when the database is away."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from recognizer.domain.register.attendance import ClassSession
from recognizer.ops.own_file import read_own_file
from recognizer.ops.whole_file import replace_with_json, version_of

log = logging.getLogger(__name__)


class ScheduleFile:
    """The last schedule that was read, kept on disk: a lesson that starts while the database is away is recorded."""

    def __init__(self, path: Path, room_name: str) -> None:
        self._path = path
        self._room_name = room_name

    def load(self) -> list[ClassSession]:
        """The sessions kept for this room; none where there is no copy or it cannot be read, which is logged."""
        try:
            document = json.loads(read_own_file(self._path))
            if document["room"] != self._room_name:
                return []
            return [_from_json(row) for row in document["sessions"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "the copy of the schedule in %s is not readable (%s); waiting for the database", self._path, error
            )
            return []

    def version(self) -> object:
        """The file's identity, time and size; None before the first save. Saving puts a new file in its place."""
        return version_of(self._path)

    def save(self, sessions: Sequence[ClassSession]) -> None:
        """Replace the copy as a whole. Raises OSError."""
        document = {"room": self._room_name, "sessions": [_to_json(session) for session in sessions]}
        replace_with_json(self._path, document)


def _to_json(session: ClassSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "course_code": session.course_code,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "late_after_minutes": session.late_after_minutes,
        "roster": sorted(session.roster),
        "student_ids": dict(session.student_ids),
    }


def _from_json(row: dict[str, Any]) -> ClassSession:
    return ClassSession(
        id=int(row["id"]),
        course_code=str(row["course_code"]),
        starts_at=datetime.fromisoformat(row["starts_at"]),
        ends_at=datetime.fromisoformat(row["ends_at"]),
        late_after_minutes=int(row["late_after_minutes"]),
        roster=frozenset(map(str, row["roster"])),
        # A copy of the first release has none.
        student_ids={str(number): int(student) for number, student in row.get("student_ids", {}).items()},
    )
