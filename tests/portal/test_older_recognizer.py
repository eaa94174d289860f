"""A recognizer of release 0.1.0 on the upgraded database: until it is upgraded too, it does no harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from portal.attendance.models import CameraStatus, ClassSession, Mark, Student
from portal.attendance.services.closing import close_session
from portal.attendance.services.correction import correct_mark
from portal.web.installation.grants import grants_behind, read_views
from portal.web.installation.users import RECOGNIZER
from recognizer.domain.register.evidence import Evidence
from recognizer.storage.database.connection import error_code, make_engine
from recognizer.storage.database.register import SqlRegister
from recognizer.storage.files.outbox import SqliteOutbox
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import recognizer_of
from tests.portal.school import NINE, School, found_school

MINUTE = timedelta(minutes=1)
DUPLICATE = 1062

INSERT = """
    INSERT INTO mark (session_id, student_id, status, source, first_seen_at, last_seen_at, distance, camera_name)
    VALUES (:session, :student, :status, 'camera', :first, :last, 0.3, 'front')
"""
WIDEN = """
    UPDATE mark SET {status}
        first_seen_at = CASE WHEN first_seen_at > :first THEN :first ELSE first_seen_at END,
        last_seen_at = CASE WHEN last_seen_at < :last THEN :last ELSE last_seen_at END
    WHERE session_id = :session AND student_id = :student AND source = 'camera'
"""
BECOMES_PRESENT = "status = CASE WHEN first_seen_at > :first THEN 'present' ELSE status END,"
POST = """
    UPDATE camera_status SET state = :state, reported_at = :at, version = '0.1.0', outbox_depth = 2, gallery_size = 4,
        last_frame_at = COALESCE(:frame, last_frame_at)
    WHERE room_id = :room AND camera_name = 'front'
"""
FIRST_POST = """
    INSERT INTO camera_status
        (room_id, camera_name, state, reported_at, version, outbox_depth, gallery_size, last_frame_at)
    VALUES (:room, 'front', :state, :at, '0.1.0', 2, 4, :frame)
"""
OUTBOX = """
    CREATE TABLE entry (
        receipt INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL, student_number TEXT NOT NULL, status TEXT NOT NULL,
        first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL, distance REAL NOT NULL, camera_name TEXT NOT NULL,
        UNIQUE (session_id, student_number)
    )
"""


@dataclass(frozen=True)
class OlderRecognizer:
    """What release 0.1.0 writes, in its order, as the recognizer's shipped user."""

    engine: Engine
    school: School

    def record(self, student: Student, status: str, first: float, last: float | None = None) -> None:
        """A mark, from one minute of the class session to another: inserted, or else the camera's own is widened."""
        values = {
            "session": self.school.session.pk,
            "student": student.pk,
            "status": status,
            "first": naive(at(first)),
            "last": naive(at(first if last is None else last)),
        }
        with self.engine.begin() as connection:
            connection.execute(text("SELECT id FROM class_session WHERE id = :session"), values)
            connection.execute(
                text("SELECT id, number FROM student WHERE number = :number"), {"number": student.number}
            )
            try:
                with connection.begin_nested():
                    connection.execute(text(INSERT), values)
            except IntegrityError as error:
                assert error_code(error) == DUPLICATE
                widen = WIDEN.format(status=BECOMES_PRESENT if status == "present" else "")
                connection.execute(text(widen), values)

    def post(self, state: str, reported_at: datetime, last_frame_at: datetime | None) -> None:
        """How its camera is."""
        frame = last_frame_at and naive(last_frame_at)
        values = {"room": self.school.room.pk, "state": state, "at": naive(reported_at), "frame": frame}
        with self.engine.begin() as connection:
            if not connection.execute(text(POST), values).rowcount:
                connection.execute(text(FIRST_POST), values)


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    """Everybody can be named, and the room was watched."""
    school = found_school()
    recognizer = recognizer_of(portal_on_mariadb, school.room)
    recognizer.sight(NINE - 30 * MINUTE, NINE + 120 * MINUTE)
    for student in school.students:
        recognizer.enrol(student, NINE - timedelta(days=30))
    return school


@pytest.fixture
def older(portal_on_mariadb: MigratedMariaDB, school: School) -> Iterator[OlderRecognizer]:
    """With the rights that the user which recognizers share keeps from then: setup takes none of them away."""
    behind = [grant for view in read_views() for grant in grants_behind(view)]
    portal_on_mariadb.server.execute(
        f"USE {portal_on_mariadb.name}", *(grant.statement(RECOGNIZER, "%") for grant in behind)
    )
    engine = make_engine(portal_on_mariadb.recognizer_url)
    yield OlderRecognizer(engine, school)
    engine.dispose()
    portal_on_mariadb.server.execute(
        f"USE {portal_on_mariadb.name}",
        *(f"REVOKE ALL PRIVILEGES ON {grant.table} FROM '{RECOGNIZER}'@'%'" for grant in behind),
    )


def at(minute: float) -> datetime:
    return NINE + minute * MINUTE


def naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def file_of_first_release(folder: Path, session: ClassSession, student: Student) -> Path:
    """Its outbox, in which a mark waits."""
    path = folder / "outbox.sqlite3"
    values = (
        1,
        session.pk,
        student.number,
        "present",
        naive(at(3)).isoformat(),
        naive(at(9)).isoformat(),
        0.3,
        "front",
    )
    with closing(sqlite3.connect(path)) as file:
        file.execute(OUTBOX)
        file.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        file.commit()
    return path


def row(student: Student) -> dict[str, Any]:
    fields = ("status", "source", "because", "on_roster", "first_seen_at", "last_seen_at", "marked_by")
    return dict(Mark.objects.filter(student=student).values(*fields).get())


def test_its_marks_are_taken_widened_and_kept_by_closing(school: School, older: OlderRecognizer) -> None:
    early, late, held_up, unseen = school.students
    older.record(early, "present", 3, 10)
    older.record(early, "present", 8, 40)
    older.record(late, "late", 20, 25)
    older.record(held_up, "late", 20, 45)
    older.record(held_up, "present", 2, 4)
    seen = {"source": "camera", "because": "", "on_roster": True, "marked_by": None}
    expected = {
        early: seen | {"status": "present", "first_seen_at": at(3), "last_seen_at": at(40)},
        late: seen | {"status": "late", "first_seen_at": at(20), "last_seen_at": at(25)},
        held_up: seen | {"status": "present", "first_seen_at": at(2), "last_seen_at": at(45)},
    }
    assert {student: row(student) for student in expected} == expected

    close_session(school.session)

    assert {student: row(student) for student in expected} == expected
    assert row(unseen)["status"] == "absent"


@pytest.mark.parametrize("status", ["present", "late"])
@pytest.mark.parametrize("word", ["present", "late", "absent", "excused"])
def test_it_never_overwrites_a_person(school: School, older: OlderRecognizer, word: str, status: str) -> None:
    student = school.students[0]
    correct_mark(school.session, student, word, "I know it", school.lecturer)
    before = row(student)
    older.record(student, status, 1)
    close_session(school.session)
    older.record(student, status, 0)
    assert row(student) == before


@pytest.mark.parametrize("status", ["present", "late"])
def test_a_report_after_closing_turns_nobody_absent(school: School, older: OlderRecognizer, status: str) -> None:
    student = school.students[0]
    older.record(student, status, 3 if status == "present" else 20)
    close_session(school.session)
    older.record(student, "late", 30, 40)
    assert (row(student)["status"], row(student)["last_seen_at"]) == (status, at(40))


def test_what_it_delivers_too_late_changes_no_answer_and_its_outbox_in_the_new_release_does(
    school: School, older: OlderRecognizer, portal_on_mariadb: MigratedMariaDB, tmp_path: Path
) -> None:
    """It widens cameras' marks alone. The changelog says to upgrade it with what waits in its outbox."""
    lost, waiting = school.students[:2]
    close_session(school.session)
    older.record(lost, "present", 3)
    assert row(lost)["status"] == "absent"

    outbox = SqliteOutbox(file_of_first_release(tmp_path, school.session, waiting))
    register = SqlRegister(older.engine, school.room.name)
    for receipt, evidence in outbox.pending(Evidence, 10):
        register.record(evidence)
        outbox.done(receipt)

    assert (row(waiting)["status"], row(waiting)["source"]) == ("present", "camera")
    assert (row(waiting)["first_seen_at"], row(waiting)["last_seen_at"]) == (at(3), at(9))
    assert outbox.depth() == 0
    outbox.close()


def test_the_state_of_its_camera_is_shown(school: School, older: OlderRecognizer) -> None:
    older.post("starting", at(0), None)
    older.post("watching", at(1), at(1))
    older.post("failing", at(2), None)
    camera = CameraStatus.objects.get()
    assert (camera.state, camera.reported_at, camera.last_frame_at) == ("failing", at(2), at(1))
    assert (camera.version, camera.refused_marks, camera.clock_offset_seconds) == ("0.1.0", 0, None)
