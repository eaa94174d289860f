"""Whether a register looks as it did: so that refreshing one costs a few bytes until there is news."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime

from portal.attendance.models import ClassSession
from portal.attendance.queries.register import Register, RegisterRow
from portal.lecturer.bars import lesson_bar
from portal.lecturer.words import camera_words, seen_words, source_words


def row_version(row: RegisterRow, session: ClassSession, now: datetime) -> str:
    """Differs when the row would look different."""
    ahead = lesson_bar(session, None, now).ahead_x
    name, on_roster = row.student.full_name, "" if row.is_on_roster else "guest"
    return "|".join(
        [
            row.status,
            seen_words(row.mark),
            source_words(row),
            str(row.version),
            ahead,
            name,
            row.student.number,
            on_roster,
        ]
    )


def register_version(register: Register, rows: Iterable[RegisterRow], now: datetime) -> str:
    """Differs when the page of a register, showing these rows of it, would look different."""
    parts = [row_version(row, register.session, now) for row in rows]
    parts += [f"{note.name}|{note.state}|{camera_words(note)}" for note in register.cameras]
    parts += [register.phase, *(f"{status}={number}" for status, number in sorted(register.counts.items()))]
    return f"{zlib.crc32(chr(10).join(parts).encode()):08x}"
