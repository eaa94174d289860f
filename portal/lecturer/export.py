"""Records as a CSV file that a spreadsheet opens without running anything that somebody typed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from portal.attendance.models import Mark

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the text is UTF-8."""

FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\x00]")
"""What a spreadsheet may take for the start of a formula, full-width forms too, spaces before it or not."""

NUMBER_LOST = re.compile(r"^\s*(0\d+|\d{12,}|\d+[eE]\d+|\d+([-/.]\d+)+)\s*$")
"""Student numbers that a spreadsheet would show as another number or a date: 0042, 1E5, 11-12."""


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def safe(text: str) -> str:
    """The text as a cell that is only text: an apostrophe before whatever might be a formula, no NUL anywhere."""
    guarded = f"'{text}" if FORMULA.match(text) else text
    return guarded.replace("\x00", "")


def safe_number(number: str) -> str:
    """A student number as a cell that keeps every digit: an apostrophe before what would be read as a quantity."""
    return f"'{number}" if NUMBER_LOST.match(number) else safe(number)


def csv_lines(marks: QuerySet[Mark], zone: ZoneInfo) -> Iterator[str]:
    """The lines of the file, header first; instants in ISO 8601 in the zone, which the header names."""
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + writer.writerow(header(zone))
    for mark in marks.select_related("session__course", "session__room", "student", "marked_by").iterator(1000):
        yield writer.writerow(cells(mark, zone))


def header(zone: ZoneInfo) -> list[str]:
    """Names of the columns."""
    instants = [f"{name} ({zone.key})" for name in ("starts at", "ends at", "first seen at", "last seen at")]
    who = ["student number", "student", "status", "source"]
    return [
        "course",
        "course title",
        "room",
        *instants[:2],
        *who,
        *instants[2:],
        "camera",
        "distance",
        "set by",
        "note",
    ]


def cells(mark: Mark, zone: ZoneInfo) -> list[str]:
    """One mark, in the order of the header."""

    def iso(instant: datetime | None) -> str:
        return instant.astimezone(zone).isoformat(timespec="seconds") if instant else ""

    session = mark.session
    return [
        safe(session.course.code),
        safe(session.course.title),
        safe(session.room.name),
        iso(session.starts_at),
        iso(session.ends_at),
        safe_number(mark.student.number),
        safe(mark.student.full_name),
        mark.status,
        mark.source,
        iso(mark.first_seen_at),
        iso(mark.last_seen_at),
        safe(mark.camera_name),
        "" if mark.distance is None else f"{mark.distance:.3f}",
        safe(str(mark.marked_by)) if mark.marked_by else "",
        safe(mark.note),
    ]
