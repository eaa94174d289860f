"""Reads the marks of the demo's class session as they arrive."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MARKS = """
    SELECT student.number, student.full_name, mark.status, mark.source, mark.first_seen_at, mark.last_seen_at,
           mark.distance
    FROM mark JOIN student ON student.id = mark.student_id
    {where}
    ORDER BY mark.first_seen_at, student.number
"""

STATUS_WORDS = {"unseen": "not observed"}
"""Statuses that the portal's pages call by another word than the database."""


@dataclass(frozen=True, slots=True)
class SeenMark:
    """A mark as a lecturer would read it; instants are in this machine's time zone."""

    number: str
    name: str
    status: str
    source: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    distance: float | None

    def line(self) -> str:
        """What is printed when the mark arrives."""
        status = STATUS_WORDS.get(self.status, self.status)
        return f"  {_clock(self.first_seen_at):8}  {self.number} {self.name:<18} {status}"


def read_marks(database: Path, session_id: int | None = None) -> list[SeenMark]:
    """The marks of a class session, or of all, first seen first; none while the database is busy."""
    query = MARKS.format(where="" if session_id is None else "WHERE mark.session_id = :session")
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            rows = connection.execute(query, {} if session_id is None else {"session": session_id}).fetchall()
    except sqlite3.OperationalError:
        return []
    return [
        SeenMark(number, name, status, source, _instant(first), _instant(last), distance)
        for number, name, status, source, first, last, distance in rows
    ]


def draw_table(marks: list[SeenMark]) -> str:
    """The register as a table of text."""
    rows = [("Student", "Status", "First seen", "Last seen", "Distance")]
    for mark in marks:
        distance = "" if mark.distance is None else f"{mark.distance:.3f}"
        seen = (_clock(mark.first_seen_at), _clock(mark.last_seen_at))
        rows.append((f"{mark.number} {mark.name}", mark.status, *seen, distance))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _instant(text: str | None) -> datetime | None:
    """A naive UTC instant as SQLite keeps it, in local time."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone()


def _clock(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%H:%M:%S}"
