"""A database of the first release becomes one of this: what is kept, and that a failure half-way does no harm."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from portal.attendance.models import (
    ClassSession,
    Course,
    Evidence,
    Mark,
    MarkChange,
    Room,
    RoomCamera,
    RosterEntry,
    Student,
)
from tests.fixtures.mariadb import MariaDB
from tests.fixtures.portal_database import connected_to

STEP = 1 if os.environ.get("EVERY_STATEMENT") else 40
"""How many statements each attempt gets done before it fails; ``make test-migrations`` takes one at a time."""

FIRST_RELEASE = (("accounts", "0001"), ("attendance", "0001"))
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
RECENTLY = timezone.now() - timedelta(minutes=1)
WRITES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


class Killed(OperationalError):
    """The program or the server ended here."""


def migrate(*target: str) -> None:
    call_command("migrate", *target, verbosity=0, interactive=False, stdout=StringIO())


def make_first_release() -> None:
    """Migrate as the first release did, and fill in what it would have."""
    for target in FIRST_RELEASE:
        migrate(*target)
    for app in ("admin", "auth", "sessions", "axes"):
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


def second_number() -> str:
    """MariaDB never had two numbers that differ in case alone; SQLite may have."""
    return "s1001" if connection.vendor == "sqlite" else "T1002"


@contextmanager
def killed_after(writes: int) -> Iterator[list[str]]:
    """The statement after so many that write raises Killed, and so does every later one."""
    done: list[str] = []

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            if len(done) >= writes:
                raise Killed(2013, f"Lost connection before {sql}")
            done.append(sql)
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield done


def everything() -> dict[str, Any]:
    """All columns, keys and rows, but for when something was written."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            kept = [name for name in columns if name not in ("changed_at", "closed_at", "decided_at", "applied")]
            cursor.execute(f"SELECT {', '.join(map(connection.ops.quote_name, kept))} FROM {table}")
            keys = connection.introspection.get_constraints(cursor, table)
            found[table] = sorted(columns), sorted(map(repr, cursor.fetchall())), _comparable(keys)
    return found


def _comparable(keys: dict[str, dict[str, Any]]) -> list[str]:
    """Keys without the order in which the database happens to list them."""
    return sorted(f"{name} {sorted(key.items(), key=str)}" for name, key in keys.items())


@pytest.fixture(scope="module")
def owned(mariadb: MariaDB) -> Iterator[Callable[[], str]]:
    """Call it for the address of an empty database of the server."""
    names: list[str] = []

    def make() -> str:
        names.append(f"first_{secrets.token_hex(4)}")
        mariadb.execute(f"CREATE DATABASE {names[-1]} CHARACTER SET utf8mb4")
        return mariadb.url("root", "", names[-1])

    yield make
    for name in names:
        mariadb.execute(f"DROP DATABASE {name}")


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Django's connection goes to a database of the first release that was migrated; tests only read it."""
    if request.param == "mariadb":
        url = request.getfixturevalue("owned")()
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('first') / 'first.sqlite3'}"
    with django_db_blocker.unblock(), connected_to(url):
        make_first_release()
        migrate()
        yield


def test_marks_keep_everything_and_evidence_is_made_of_their_times(upgraded: None) -> None:
    session = ClassSession.objects.get(starts_at=NINE)
    marks = {mark.student.number: mark for mark in Mark.objects.filter(session=session)}
    present, corrected = marks["S1001"], marks[second_number()]
    assert (present.status, present.source, present.distance, present.camera_name) == (
        "present",
        "camera",
        0.31,
        "front",
    )
    assert (corrected.status, corrected.source, corrected.note) == ("absent", "lecturer", "a photo")
    assert corrected.marked_by is not None
    assert corrected.marked_by.name == "Ada"
    assert [change.to_status for change in corrected.changes.order_by("pk")] == ["excused", "absent"]
    entries = Evidence.objects.filter(student=present.student)
    assert [(each.hour, each.minutes) for each in entries] == [
        (NINE, 1 << 3),
        (NINE + timedelta(hours=1), 1 << 2),
    ]


def test_registers_that_are_over_are_closed_and_nobody_becomes_absent(upgraded: None) -> None:
    session = ClassSession.objects.get(starts_at=NINE)
    said = {mark.student.number: (mark.status, mark.on_roster) for mark in Mark.objects.filter(session=session)}
    assert said == {
        "S1001": ("present", True),
        second_number(): ("absent", True),
        "S 3": ("unseen", True),
        "0042": ("unseen", True),
        "G1": ("present", False),
    }
    assert session.closed_at
    assert not Mark.objects.exclude(session=session).exists()
    assert ClassSession.objects.filter(closed_at=None).count() == 2
    assert MarkChange.objects.filter(program="migration").count() == 2


def test_rosters_have_no_since_and_numbers_that_clash_or_break_the_rule_are_kept(upgraded: None) -> None:
    assert set(RosterEntry.objects.values_list("since", "until")) == {(None, None)}
    folded = dict(Student.objects.values_list("number", "folded_number"))
    second = {"s1001": None} if connection.vendor == "sqlite" else {"T1002": "t1002"}
    assert folded == {"S1001": "s1001", "S 3": None, "0042": "0042", "G1": "g1", "I1": "i1"} | second
    assert Student.objects.get(number=second_number()).plain_name.endswith("elodie")


def test_cameras_that_have_reported_lately_belong_to_their_room_since_then(upgraded: None) -> None:
    """The attic's is gone, and its recognizer adds it should it come back; closed registers count none of them."""
    assert list(RoomCamera.objects.values_list("camera_name", "since", "until")) == [("front", RECENTLY, None)]


def test_on_mariadb_forms_that_differ_in_an_accent_are_two(
    owned: Callable[[], str], django_db_blocker: DjangoDbBlocker
) -> None:
    """An old server's key kept ﬁ1 and fí1 apart; folded, they are fi1 and fí1, which that key takes for one."""
    with django_db_blocker.unblock(), connected_to(owned()):
        make_first_release()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE student MODIFY number varchar(32) COLLATE utf8mb4_general_ci NOT NULL")
            for number in ("ﬁ1", "fí1"):
                cursor.execute("INSERT INTO student (number, full_name) VALUES (%s, 'Of A Pair')", [number])
        migrate()
        pair = Student.objects.filter(full_name="Of A Pair")
        assert dict(pair.values_list("number", "folded_number")) == {"ﬁ1": "fi1", "fí1": "fí1"}


def test_days_are_those_of_the_installations_zone(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, settings: Any
) -> None:
    settings.DEFAULT_TIME_ZONE = "Asia/Tokyo"
    with django_db_blocker.unblock(), connected_to(f"sqlite:///{tmp_path / 'first.sqlite3'}"):
        make_first_release()
        migrate()
        assert Room.objects.get().time_zone == "Asia/Tokyo"
        assert str(ClassSession.objects.latest("starts_at").day) == "2126-01-02"


def test_of_evidence_that_nobody_has_confirmed_it_is_known_that_the_clock_was_wrong(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), connected_to(f"sqlite:///{tmp_path / 'before.sqlite3'}"):
        make_first_release()
        migrate("attendance", "0013")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE evidence SET is_confirmed = (minutes = %s)", [1 << 3])
        migrate()
        entries = set(Evidence.objects.values_list("minutes", "is_confirmed", "clock_was_wrong"))
        assert entries == {(1 << 3, True, False), (1 << 2, False, True)}


def test_on_mariadb_a_failure_at_any_statement_leaves_what_a_second_run_completes(
    owned: Callable[[], str], django_db_blocker: DjangoDbBlocker
) -> None:
    """Every attempt gets a few statements further than the one before and is killed, until one comes to the end."""
    with django_db_blocker.unblock():
        with connected_to(owned()):
            make_first_release()
            migrate()
            expected = everything()
        with connected_to(owned()):
            make_first_release()
            attempts = _migrate_piece_by_piece()
            assert everything() == expected
    assert attempts > 2


def _migrate_piece_by_piece() -> int:
    allowed, before = STEP, everything()
    for attempt in range(1000):
        try:
            with killed_after(allowed):
                migrate()
            return attempt
        except Killed:
            after = everything()
            # A step that changes rows is undone whole: the next attempt must come through all of it.
            allowed, before = (allowed + STEP if after == before else STEP), after
    raise AssertionError("the migrations came to no end")


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_on_sqlite_a_failure_undoes_the_whole_migration(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, share: float
) -> None:
    path = tmp_path / "first.sqlite3"
    with django_db_blocker.unblock():
        with connected_to(f"sqlite:///{path}"):
            make_first_release()
        shutil.copy(path, tmp_path / "straight.sqlite3")
        with connected_to(f"sqlite:///{tmp_path / 'straight.sqlite3'}"), killed_after(100_000) as statements:
            migrate()
            expected = everything()
        # Django checks the keys of the half-way tables before it lets the transaction go.
        killed = killed_after(int(len(statements) * share))
        with connected_to(f"sqlite:///{path}"), pytest.raises((Killed, IntegrityError)), killed:
            migrate()
        with connected_to(f"sqlite:///{path}"):
            migrate()
            assert everything() == expected


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
def test_what_the_first_release_writes_after_a_failure_half_way_is_completed_too(
    kind: str, owned: Callable[[], str], tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    """The upgrade stopped, and the first release's portal and recognizer were started again meanwhile."""
    url = owned() if kind == "mariadb" else f"sqlite:///{tmp_path / 'first.sqlite3'}"
    with django_db_blocker.unblock(), connected_to(url):
        make_first_release()
        migrate("attendance", "0003")
        _work_on_with_the_first_release()
        migrate()

        session = ClassSession.objects.get(starts_at=NINE + timedelta(days=7))
        assert (str(session.day), session.closed_at is not None) == ("2026-03-09", True)
        late = Mark.objects.get(session=session, student__number="N1")
        assert [change.to_status for change in late.changes] == ["excused"]
        assert Evidence.objects.filter(session=session, student=late.student).exists()
        assert late.student.plain_name == "new comer"
        assert Mark.objects.get(session=session, student__number="0042").status == "unseen"


def _work_on_with_the_first_release() -> None:
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
