"""Whether a part of a page looks as it did, so that a page that refreshes itself is sent only what is new."""

from __future__ import annotations

from portal.attendance.models import ClassSession
from portal.attendance.queries.register import RegisterRow
from portal.lecturer.bars import segments
from portal.lecturer.words import note_words, row_seen_words, source_words
from portal.web.polling import text_version


def row_version(row: RegisterRow, session: ClassSession) -> str:
    """Differs when the row would look different."""
    seen = [f"{each.x}+{each.width}" for each in segments(session, row.seen)]
    parts = [
        str(row.student.pk),
        row.student.full_name,
        row.student.number,
        row.status,
        row_seen_words(row),
        source_words(row),
        *note_words(row),
        str(row.version),
        *seen,
    ]
    return text_version("|".join(parts))
