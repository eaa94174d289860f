"""The outbox of the first release: its marks, waiting or set aside, become evidence in the file of this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime

from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.hour_entry import start_of_hour

_COLUMNS = "session_id, student_number, first_seen_at, last_seen_at, distance, camera_name"


def take_over(connection: sqlite3.Connection, put: Callable[[sqlite3.Connection, Evidence], None]) -> None:
    """Put every mark of the first release's tables into this one's, and remove those; all or nothing.

    Marks that it had set aside wait again: what was refused may be taken by now.
    """
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE name IN ('entry', 'refused')"
        ).fetchall()
    ]
    if not tables:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in tables:
            for row in connection.execute(f"SELECT {_COLUMNS} FROM {table} ORDER BY rowid").fetchall():
                for evidence in evidence_of(*row):
                    put(connection, evidence)
            connection.execute(f"DROP TABLE {table}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def evidence_of(
    session_id: int, number: str, first_seen_at: str, last_seen_at: str, distance: float, camera_name: str
) -> Iterator[Evidence]:
    """An entry for the hour of the first sighting, and one for that of the last; what was between is not known."""
    first, last = datetime.fromisoformat(first_seen_at), datetime.fromisoformat(last_seen_at)
    by_hour: dict[datetime, list[datetime]] = {}
    for at in (first, last):
        by_hour.setdefault(start_of_hour(at), []).append(at)
    for hour, seen in by_hour.items():
        yield Evidence(
            session_id,
            number,
            camera_name,
            hour,
            first_seen_at=seen[0],
            last_seen_at=seen[-1],
            minutes=1 << seen[0].minute | 1 << seen[-1].minute,
            distance=distance,
        )
