"""A database of the first release becomes one of this: what is kept, and that a failure half-way does no harm."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any, NamedTuple

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
from tests.fixtures.mariadb import MariaDB, copy_tables
from tests.fixtures.portal_database import connected_to

STEP = 1 if os.environ.get("EVERY_STATEMENT") else 40
"""How many statements each attempt gets done before it fails; ``make test-migrations`` takes one at a time."""

FIRST_RELEASE = (("accounts", "0001"), ("attendance", "0001"))
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
RECENTLY = timezone.now() - timedelta(minutes=1)
NOT_COMPARED = (
    "id",
    "content_type_id",
    "created_at",
    "changed_at",
    "closed_at",
    "decided_at",
    "recorded_at",
    "applied",
)
PHRASES = "\ufdfa" * 32
"""Letters of which each folds to eighteen characters, with blanks."""

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
    """All columns, keys and rows, but for when something was written and the keys that a database hands out."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {table}")
            columns = [column for column, *_ in cursor.description]
            rows = [
                repr([value for column, value in zip(columns, row, strict=True) if column not in NOT_COMPARED])
                for row in cursor.fetchall()
            ]
            found[table] = sorted(columns), sorted(rows), _keys(cursor, table)
    assert found["mark"][1]
    return found


def _keys(cursor: Any, table: str) -> list[str]:
    """Keys and constraints, in no order: a database lists them as it likes."""
    if connection.vendor == "sqlite":
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s", [table])
        return sorted(map(str, cursor.fetchall()))
    keys = connection.introspection.get_constraints(cursor, table)
    return sorted(f"{name} {sorted(key.items(), key=str)}" for name, key in keys.items())


@pytest.fixture(scope="module")
def first_release(
    mariadb: MariaDB, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[str], str]]:
    """Call it with "mariadb" or "sqlite" for the address of a database as the first release left it."""
    made: dict[str, str] = {}
    copies: list[str] = []

    def make(kind: str, name: str) -> None:
        with django_db_blocker.unblock(), connected_to(address(kind, name)):
            make_first_release()
        made[kind] = name

    def address(kind: str, name: str) -> str:
        if kind == "mariadb":
            mariadb.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            return mariadb.url("root", "", name)
        return f"sqlite:///{folder / name}"

    def copy(kind: str) -> str:
        if kind not in made:
            make(kind, f"first_{secrets.token_hex(4)}")
        copies.append(f"first_{secrets.token_hex(4)}")
        url = address(kind, copies[-1])
        if kind == "mariadb":
            copy_tables(mariadb, made[kind], copies[-1])
        else:
            shutil.copy(folder / made[kind], folder / copies[-1])
        return url

    folder = tmp_path_factory.mktemp("first")
    yield copy
    mariadb.execute(*(f"DROP DATABASE IF EXISTS {name}" for name in [*copies, *made.values()]))


class Upgrade(NamedTuple):
    """A database of the first release that was migrated without a failure; tests only read it."""

    url: str
    statements: list[str]
    everything: dict[str, Any]


@pytest.fixture(scope="module")
def upgrade(first_release: Callable[[str], str], django_db_blocker: DjangoDbBlocker) -> Callable[[str], Upgrade]:
    """Call it with "mariadb" or "sqlite"."""

    @functools.cache
    def make(kind: str) -> Upgrade:
        url = first_release(kind)
        with django_db_blocker.unblock(), connected_to(url), killed_after(100_000) as statements:
            migrate()
            return Upgrade(url, statements, everything())

    return make


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def upgraded(
    request: pytest.FixtureRequest, upgrade: Callable[[str], Upgrade], django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Django's connection goes to it."""
    with django_db_blocker.unblock(), connected_to(upgrade(request.param).url):
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
    folded = dict(Student.objects.exclude(full_name="Of A Pair").values_list("number", "folded_number"))
    second = {"s1001": None} if connection.vendor == "sqlite" else {"T1002": "t1002"}
    assert folded == {"S1001": "s1001", "S 3": None, "0042": "0042", "G1": "g1", "I1": "i1", PHRASES: None} | second
    assert Student.objects.get(number=second_number()).plain_name.endswith("elodie")


def test_cameras_that_have_reported_lately_belong_to_their_room_since_then(upgraded: None) -> None:
    """The attic's is gone, and its recognizer adds it should it come back; closed registers count none of them."""
    assert list(RoomCamera.objects.values_list("camera_name", "since", "until")) == [("front", RECENTLY, None)]


def test_forms_that_differ_in_an_accent_are_two(upgraded: None) -> None:
    pair = Student.objects.filter(full_name="Of A Pair")
    assert dict(pair.values_list("number", "folded_number")) == {"ﬁ1": "fi1", "fí1": "fí1"}


def test_days_are_those_of_the_installations_zone(
    first_release: Callable[[str], str], django_db_blocker: DjangoDbBlocker, settings: Any
) -> None:
    settings.DEFAULT_TIME_ZONE = "Asia/Tokyo"
    with django_db_blocker.unblock(), connected_to(first_release("sqlite")):
        migrate()
        assert Room.objects.get().time_zone == "Asia/Tokyo"
        assert str(ClassSession.objects.latest("starts_at").day) == "2126-01-02"


def test_on_mariadb_a_failure_at_any_statement_leaves_what_a_second_run_completes(
    first_release: Callable[[str], str], upgrade: Callable[[str], Upgrade], django_db_blocker: DjangoDbBlocker
) -> None:
    """Every attempt gets a few statements further than the one before and is killed, until one comes to the end."""
    with django_db_blocker.unblock(), connected_to(first_release("mariadb")):
        attempts = _migrate_piece_by_piece()
        assert everything() == upgrade("mariadb").everything
    assert attempts > 2


def _migrate_piece_by_piece() -> int:
    allowed, before = STEP, everything()
    for attempt in range(10_000):
        try:
            with killed_after(allowed):
                migrate()
            return attempt
        except Killed:
            after = everything()
            # A step that changes rows is undone whole: the next attempt must come through all of it.
            allowed, before = (allowed + STEP if after == before else STEP), after
    raise AssertionError("the migrations came to no end")


def test_on_sqlite_a_failure_undoes_the_whole_migration(
    first_release: Callable[[str], str], upgrade: Callable[[str], Upgrade], django_db_blocker: DjangoDbBlocker
) -> None:
    statements = len(upgrade("sqlite").statements)
    with django_db_blocker.unblock(), connected_to(first_release("sqlite")):
        for share in (0.4, 0.6):
            # Django checks the keys of the half-way tables before it lets the transaction go.
            with pytest.raises((Killed, IntegrityError)), killed_after(int(statements * share)):
                migrate()
        migrate()
        assert everything() == upgrade("sqlite").everything


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
def test_what_the_first_release_writes_after_a_failure_half_way_is_completed_too(
    kind: str, first_release: Callable[[str], str], django_db_blocker: DjangoDbBlocker
) -> None:
    """The upgrade stopped, and the first release's portal and recognizer were started again meanwhile."""
    with django_db_blocker.unblock(), connected_to(first_release(kind)):
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
