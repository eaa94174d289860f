"""A database as the first release left it, and what the first release goes on to write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from portal.attendance.models import Course, Room

FIRST_RELEASE = (("accounts", "0001"), ("attendance", "0001"))
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
RECENTLY = timezone.now() - timedelta(minutes=1)
PHRASES = "\ufdfa" * 32
"""Letters of which each folds to eighteen characters, with blanks."""


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, interactive=False, stdout=StringIO())


def make_first_release() -> None:
    """Migrate as the first release did, and fill in what it would have."""
    for target in FIRST_RELEASE:
        migrate(*target)
    for app in ("admin", "auth", "sessions"):
        migrate(app)
    apps = MigrationLoader(connection).project_state([(app, f"{n}_initial") for app, n in FIRST_RELEASE]).apps
    new: Callable[..., Any] = lambda model, **values: apps.get_model(model).objects.create(**values)  # noqa: E731
    lecturer = new("accounts.Account", email="ada@uni.example", name="Ada", password="!", time_zone="UTC")
    course, room = new("attendance.Course", code="CS 1", title="Logic"), new("attendance.Room", name="Hall 1")
    numbers = {"S1001": "Grace Hopper", second_number(): "Łucja Élodie", "S 3": "Blank Number", "0042": "Never Seen"}
    students = [new("attendance.Student", number=number, full_name=name) for number, name in numbers.items()]
    for student in students:
        new("attendance.RosterEntry", course=course, student=student)
    gone = new("attendance.Student", number="G1", full_name="Left Long Ago")
    new("attendance.Student", number=PHRASES, full_name="Of Phrases")
    add_pair_of_an_old_server()
    inactive = new("attendance.Student", number="I1", full_name="In Active", is_active=False)
    new("attendance.RosterEntry", course=course, student=inactive)
    times = {"over": NINE, "cancelled": NINE + timedelta(days=1), "to come": datetime(2126, 1, 1, 23, 30, tzinfo=UTC)}
    sessions = {
        name: new(
            "attendance.ClassSession",
            course=course,
            room=room,
            starts_at=at,
            ends_at=at + timedelta(hours=1),
            is_cancelled=name == "cancelled",
        )
        for name, at in times.items()
    }
    seen = {"first_seen_at": NINE + timedelta(minutes=3), "last_seen_at": NINE + timedelta(minutes=62)}
    camera = seen | {"source": "camera", "distance": 0.31, "camera_name": "front"}
    over = sessions["over"]
    new("attendance.Mark", session=over, student=students[0], status="present", **camera)
    corrected = new(
        "attendance.Mark",
        session=over,
        student=students[1],
        status="absent",
        **camera | {"source": "lecturer", "marked_by": lecturer, "note": "a photo"},
    )
    for before, after in (("present", "excused"), ("excused", "absent")):
        new(
            "attendance.MarkChange",
            mark=corrected,
            changed_by=lecturer,
            from_status=before,
            to_status=after,
            reason="a photo",
        )
    new("attendance.Mark", session=over, student=gone, status="present", **camera)
    for name, at in (("front", RECENTLY), ("attic", RECENTLY - timedelta(days=60))):
        new("attendance.CameraStatus", room=room, camera_name=name, state="watching", reported_at=at)


def add_pair_of_an_old_server() -> None:
    """An old server's key kept ﬁ1 and fí1 apart; folded, they are fi1 and fí1, which that key takes for one."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("ALTER TABLE student MODIFY number varchar(32) COLLATE utf8mb4_general_ci NOT NULL")
        for number in ("ﬁ1", "fí1"):
            cursor.execute(
                "INSERT INTO student (number, full_name, email, is_active) VALUES (%s, 'Of A Pair', '', %s)",
                [number, True],
            )


def second_number() -> str:
    """MariaDB never had two numbers that differ in case alone; SQLite may have."""
    return "s1001" if connection.vendor == "sqlite" else "T1002"


def work_on_with_the_first_release() -> None:
    """Its statements: they name the columns that it knows, and no others."""

    def insert(table: str, **values: Any) -> int:
        columns = ", ".join(map(connection.ops.quote_name, values))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(values))})", list(values.values())
            )
            return int(cursor.lastrowid)

    now = (NINE + timedelta(days=7)).replace(tzinfo=None)
    course, room = Course.objects.values_list("pk", flat=True).get(), Room.objects.values_list("pk", flat=True).get()
    student = insert("student", number="N1", full_name="New Comer", email="", is_active=True)
    insert("roster_entry", course_id=course, student_id=student)
    session = insert(
        "class_session",
        course_id=course,
        room_id=room,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        late_after_minutes=15,
        is_cancelled=False,
    )
    mark = insert(
        "mark",
        session_id=session,
        student_id=student,
        status="excused",
        source="lecturer",
        first_seen_at=now + timedelta(minutes=20),
        last_seen_at=now + timedelta(minutes=30),
        distance=0.3,
        camera_name="front",
        marked_by_id=1,
        note="letter",
    )
    insert(
        "mark_change",
        mark_id=mark,
        changed_by_id=1,
        changed_at=now,
        from_status="late",
        to_status="excused",
        reason="letter",
    )
