"""How long it takes to close the registers of a week that nobody has closed: 1000 class sessions of 80 students.

``python -m benchmarks.closing`` makes a private MariaDB, as the tests do. With ``--database URL`` it fills a migrated
database of yours instead, which must be empty.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.measurement import Figures
from benchmarks.private_database import migrated_database, private_server, set_up_portal

STUDENTS_OF_A_COURSE = 80
SESSIONS_OF_A_COURSE = 20
ENROLLED_OF_A_COURSE = 76
SEEN_IN_A_SESSION = 56
"""Of the 80 students; they have evidence of two cameras, and the mark that the recognizer wrote."""

UNWATCHED_ONE_IN = 4
"""In one of so many class sessions no camera could see."""

CAMERAS = ("front", "back")
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
LENGTH = timedelta(minutes=50)


def main() -> None:
    arguments = _parser().parse_args()
    with _database(arguments.database) as url:
        set_up_portal(url)
        figures = measure(arguments.sessions)
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28}  {value:>10.6g}")


def measure(sessions: int) -> Figures:
    """To close them all, by the command that the timer runs.

    Seconds by the clock, those that the portal's processes computed, and statements. Then the same of a second look,
    which finds nothing to do.
    """
    models: Any = importlib.import_module("portal.attendance.models")
    _fill_database(models, sessions)
    seconds, cpu_seconds, statements = _measured()
    if left := models.ClassSession.objects.filter(closed_at=None).count():
        raise SystemExit(f"{left} of {sessions} registers were not closed.")
    again_seconds, _, again_statements = _measured()
    return {
        "sessions": sessions,
        "rows": models.Mark.objects.count(),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "milliseconds_a_session": 1000 * seconds / sessions,
        "statements_a_session": statements / sessions,
        "nothing_due_seconds": again_seconds,
        "nothing_due_statements": again_statements,
    }


def _measured() -> tuple[float, float, int]:
    """Seconds by the clock, CPU-seconds of this process and those that it started, and statements."""
    management: Any = importlib.import_module("django.core.management")
    statements, cpu_start, start = _statements(), _cpu_seconds(), time.perf_counter()
    management.call_command("close_registers", stdout=io.StringIO())
    return time.perf_counter() - start, _cpu_seconds() - cpu_start, _statements() - statements


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _statements() -> int:
    """How many that read or write rows the server has been given since it was started."""
    connection: Any = importlib.import_module("django.db").connection
    counted = ("Com_select", "Com_insert", "Com_update", "Com_delete")
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS WHERE variable_name IN (%s, %s, %s, %s)", counted)
        return sum(int(count) for _, count in cursor.fetchall())


def _fill_database(models: Any, sessions: int) -> None:
    """A week of courses, each in a room of its own with two cameras."""
    for number in range(-(-sessions // SESSIONS_OF_A_COURSE)):
        count = min(SESSIONS_OF_A_COURSE, sessions - number * SESSIONS_OF_A_COURSE)
        room = models.Room.objects.create(name=f"Room {number}")
        course = models.Course.objects.create(code=f"C{number}", title=f"Course {number}")
        numbers = [f"{number:04}{each:03}" for each in range(STUDENTS_OF_A_COURSE)]
        models.Student.objects.bulk_create(models.Student(number=each, full_name=f"Student {each}") for each in numbers)
        students = list(models.Student.objects.filter(number__in=numbers).order_by("number"))
        models.RosterEntry.objects.bulk_create(models.RosterEntry(course=course, student=each) for each in students)
        before = MONDAY - timedelta(days=30)
        models.Enrolled.objects.bulk_create(
            models.Enrolled(room=room, student=each, reference_count=3, enrolled_at=before, recorded_at=before)
            for each in students[:ENROLLED_OF_A_COURSE]
        )
        starts = [MONDAY + timedelta(days=each // 4, hours=2 * (each % 4)) for each in range(count)]
        models.ClassSession.objects.bulk_create(
            models.ClassSession(course=course, room=room, starts_at=each, ends_at=each + LENGTH) for each in starts
        )
        held = list(models.ClassSession.objects.filter(course=course).order_by("starts_at"))
        watched = [session for each, session in enumerate(held) if each % UNWATCHED_ONE_IN]
        _fill_with_seen(models, watched, students[:SEEN_IN_A_SESSION])


def _fill_with_seen(models: Any, sessions: list[Any], students: list[Any]) -> None:
    """What the recognizer writes while a class runs."""
    models.Sight.objects.bulk_create(
        models.Sight(
            room=session.room,
            camera_name=camera,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            recorded_at=session.ends_at,
        )
        for session in sessions
        for camera in CAMERAS
    )
    seen = [(session, student) for session in sessions for student in students]
    models.Evidence.objects.bulk_create(
        models.Evidence(
            session=session,
            student=student,
            room=session.room,
            camera_name=camera,
            hour=session.starts_at,
            minutes=(1 << 41) - (1 << 3),
            distance=0.31,
            **_times(session),
        )
        for session, student in seen
        for camera in CAMERAS
    )
    said = {"status": "present", "source": "camera", "camera_name": CAMERAS[-1], "distance": 0.31}
    models.Mark.objects.bulk_create(
        models.Mark(session=session, student=student, **said, **_times(session)) for session, student in seen
    )


def _times(session: Any) -> dict[str, datetime]:
    first, last = timedelta(minutes=3), timedelta(minutes=40, seconds=30)
    return {"first_seen_at": session.starts_at + first, "last_seen_at": session.starts_at + last}


@contextmanager
def _database(url: str | None) -> Iterator[str]:
    """The address of the one given, or of a private MariaDB that is gone afterwards."""
    if url is not None:
        yield url
        return
    with private_server() as server:
        yield migrated_database(server, "rollcall")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.closing", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000, help="class sessions to close (1000)")
    parser.add_argument("--database", metavar="URL", help="a migrated, empty database to fill instead of a private one")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser


if __name__ == "__main__":
    main()
