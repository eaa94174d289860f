"""Records as a CSV file that a spreadsheet opens without running anything that somebody typed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.attendance.models import NOT_ON_ROSTER, Mark
from portal.web.spreadsheet import text_cell

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the text is UTF-8."""

COLUMNS = (
    *("status", "source", "because", "on_roster", "first_seen_at", "last_seen_at", "camera_name", "distance", "note"),
    *("student__number", "student__full_name"),
    *("marked_by__title", "marked_by__name", "marked_by__preferred_name", "marked_by__email"),
    *("session__starts_at", "session__ends_at", "session__is_cancelled"),
    *("session__course__code", "session__course__title", "session__room__name"),
)
"""What ``cells`` prints, and no other column is read. An account without a name is printed as its address."""


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(chunks: Iterable[list[Mark]], zone: ZoneInfo) -> Iterator[str]:
    """The lines of the file, header first; instants in ISO 8601 in the zone, which the header names.

    The last line says how many marks there are: a file without it was cut off. It has as many cells as the others, and
    begins with #, which readers of CSV know as a comment's sign and no spreadsheet as anything.
    """
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    names, number = header(zone), 0
    yield BYTE_ORDER_MARK + writer.writerow(names)
    for marks in chunks:
        number += len(marks)
        yield "".join(writer.writerow(cells(mark, zone)) for mark in marks)
    ending = f"# complete: {number} row{'' if number == 1 else 's'}"
    yield writer.writerow([ending, *[""] * (len(names) - 1)])


def header(zone: ZoneInfo) -> list[str]:
    """Names of the columns."""
    instants = [f"{name} ({zone.key})" for name in ("starts at", "ends at", "first seen at", "last seen at")]
    session = ["course", "course title", "room", *instants[:2], "held"]
    student = ["student number", "student", "on roster"]
    return [*session, *student, "status", "source", "because", *instants[2:], "camera", "distance", "set by", "note"]


def cells(mark: Mark, zone: ZoneInfo) -> list[str]:
    """One mark, in the order of the header."""

    def iso(instant: datetime | None) -> str:
        return instant.astimezone(zone).isoformat(timespec="seconds") if instant else ""

    session = mark.session
    return [
        text_cell(session.course.code),
        text_cell(session.course.title),
        text_cell(session.room.name),
        iso(session.starts_at),
        iso(session.ends_at),
        "no" if session.is_cancelled else "yes",
        text_cell(mark.student.number),
        text_cell(mark.student.full_name),
        "yes" if mark.on_roster else "no",
        NOT_ON_ROSTER.lower() if mark.is_outside else mark.status,
        mark.source,
        mark.because,
        iso(mark.first_seen_at),
        iso(mark.last_seen_at),
        text_cell(mark.camera_name),
        "" if mark.distance is None else f"{mark.distance:.3f}",
        text_cell(str(mark.marked_by)) if mark.marked_by else "",
        text_cell(mark.note),
    ]
