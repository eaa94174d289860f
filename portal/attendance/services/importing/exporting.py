"""Exports of what can be imported: the same columns, so that a file comes back in unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.db.models import F

from portal.accounts.models import Account
from portal.accounts.time_zones import zone_named
from portal.attendance.models import ClassSession, Course, Mark, Room, RosterEntry, Status, Student
from portal.attendance.services.importing.kinds import KINDS
from portal.web.spreadsheet import text_cell
from portal.web.workbooks import write_sheet

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the text is UTF-8."""

CHUNK = 2000
SESSIONS_AT_ONCE = 50

Line = list[str]


def header(kind: str) -> Line:
    """The names of the columns, which an import recognises."""
    return [str(field.label) for field in KINDS[kind].fields if field.name in _COLUMNS[kind]]


def csv_export(kind: str, separator: str = ",") -> Iterator[str]:
    """The lines of a CSV file. The last says how many rows there are: a file without it was cut off."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)

    def taken() -> str:
        text = file.getvalue()
        file.seek(0)
        file.truncate()
        return text

    names = header(kind)
    writer.writerow(names)
    yield BYTE_ORDER_MARK + taken()
    number = 0
    for number, line in enumerate(_ROWS[kind](), start=1):
        writer.writerow([text_cell(cell) for cell in line])
        if number % CHUNK == 0:
            yield taken()
    writer.writerow([f"# complete: {number} row{'' if number == 1 else 's'}", *[""] * (len(names) - 1)])
    yield taken()


def write_xlsx(kind: str, file: BinaryIO, progress: Callable[[int], None] = lambda done: None) -> None:
    """A workbook in which every cell is text. Raises TooManyRows."""
    write_sheet(file, str(KINDS[kind].title), header(kind), _ROWS[kind](), progress=progress)


def count_rows(kind: str, most: int | None = None) -> int:
    """How many rows an export has; those beyond ``most`` are not counted."""
    return int(_MODELS[kind].objects.order_by()[:most].count())


def _students() -> Iterator[Line]:
    rows = Student.objects.order_by("number").values_list("number", "full_name", "email", "is_active", "tutor_email")
    for number, name, email, active, tutor in rows.iterator(chunk_size=CHUNK):
        yield [number, name, email, _word(active), tutor]


def _lecturers() -> Iterator[Line]:
    rows = Account.objects.order_by("email").values_list("email", "name", "title", "department")
    yield from map(list, rows.iterator(chunk_size=CHUNK))


def _courses() -> Iterator[Line]:
    courses = Course.objects.order_by("code").select_related("department").prefetch_related("lecturers", "assistants")
    for course in courses.iterator(chunk_size=CHUNK):
        people = [
            ", ".join(sorted(each.email for each in role.all())) for role in (course.lecturers, course.assistants)
        ]
        department = course.department.name if course.department else ""
        yield [course.code, course.title, *people, department, str(course.least_coverage_percent)]


def _rosters() -> Iterator[Line]:
    rows = RosterEntry.objects.order_by("course__code", "student__number", F("since").asc(nulls_first=True))
    days = rows.values_list("course__code", "student__number", "since", "until")
    for code, number, since, until in days.iterator(chunk_size=CHUNK):
        yield [code, number, str(since or ""), str(until or "")]


def _rooms() -> Iterator[Line]:
    for name, zone, all_of_it in Room.objects.order_by("name").values_list("name", "time_zone", "each_camera_sees_all"):
        yield [name, zone, _word(all_of_it)]


def _sessions() -> Iterator[Line]:
    rows = ClassSession.objects.order_by("starts_at", "pk").values_list(
        "pk",
        "course__code",
        "room__name",
        "room__time_zone",
        "starts_at",
        "ends_at",
        "late_after_minutes",
        "is_cancelled",
    )
    for pk, code, room, zone_name, starts_at, ends_at, late, cancelled in rows.iterator(chunk_size=CHUNK):
        zone = zone_named(zone_name)
        start, end = _moment(starts_at, zone), _moment(ends_at, zone)
        yield [code, room, start[:10], start[11:], end, str(late), _word(cancelled), str(pk)]


def _marks() -> Iterator[Line]:
    """By a few class sessions at a time: the driver holds all rows of a query in memory."""
    sessions = list(ClassSession.objects.order_by("starts_at", "pk").values_list("pk", flat=True))
    for start in range(0, len(sessions), SESSIONS_AT_ONCE):
        rows = Mark.objects.filter(session__in=sessions[start : start + SESSIONS_AT_ONCE])
        said = rows.exclude(status=Status.EXPECTED, on_roster=False).order_by("session__starts_at", "session", "pk")
        for code, room, zone_name, starts_at, number, status, note in said.values_list(
            "session__course__code",
            "session__room__name",
            "session__room__time_zone",
            "session__starts_at",
            "student__number",
            "status",
            "note",
        ):
            start_at = _moment(starts_at, zone_named(zone_name))
            yield [code, room, start_at[:10], start_at[11:], number, status, note]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    """Day and time in the room's zone; with the offset where its clocks show that time twice."""
    local = at.astimezone(zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    precision = "seconds" if local.second else "minutes"
    text = local.replace(tzinfo=None, microsecond=0).isoformat(" ", precision)
    return text + (local.isoformat()[-6:] if is_twice else "")


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"


_COLUMNS = {
    "students": {"number", "full_name", "email", "is_active", "tutor_email"},
    "lecturers": {"email", "full_name", "title", "department"},
    "courses": {"course", "title", "lecturers", "assistants", "department", "coverage"},
    "rosters": {"course", "number", "since", "until"},
    "rooms": {"room", "time_zone", "each_sees_all"},
    "sessions": {"course", "room", "day", "starts_at", "ends_at", "late_after", "is_cancelled", "session"},
    "marks": {"course", "room", "day", "starts_at", "number", "status", "reason"},
}
_ROWS: dict[str, Callable[[], Iterator[Line]]] = {
    "students": _students,
    "lecturers": _lecturers,
    "courses": _courses,
    "rosters": _rosters,
    "rooms": _rooms,
    "sessions": _sessions,
    "marks": _marks,
}
_MODELS: dict[str, Any] = {
    "students": Student,
    "lecturers": Account,
    "courses": Course,
    "rosters": RosterEntry,
    "rooms": Room,
    "sessions": ClassSession,
    "marks": Mark,
}
