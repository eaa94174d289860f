"""A classroom with something worth forging, and users that are a room's own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from portal.web.installation.grants import read_grants
from portal.web.installation.users import RECOGNIZER, user_of_room
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB


@pytest.fixture
def classroom(migrated_mariadb: MigratedMariaDB, classroom_in: Callable[[str], Classroom]) -> Classroom:
    """With an absence and an excuse that a lecturer has said, a mark by a camera, and an entry in the admin's log."""
    classroom = classroom_in(migrated_mariadb.owner_url)
    said = {"S1001": ("absent", "left"), "S1002": ("excused", "in hospital")}
    with create_engine(migrated_mariadb.portal_url, poolclass=NullPool).begin() as portal:
        for number, (status, note) in said.items():
            portal.exec_driver_sql(
                "INSERT INTO mark (session_id, student_id, status, source, marked_by_id, note, camera_name)"
                " SELECT class_session.id, student.id, %s, 'lecturer', account.id, %s, ''"
                " FROM class_session, student, account WHERE student.number = %s",
                (status, note, number),
            )
        portal.exec_driver_sql(
            "INSERT INTO mark_change (session_id, student_id, action, changed_by_id, program, changed_at, from_status,"
            " from_source, to_status, to_source, reason)"
            " SELECT session_id, student_id, 'set', marked_by_id, '', '2026-01-01', '', '', status, 'lecturer', 'Ill'"
            " FROM mark"
        )
        portal.exec_driver_sql(
            "INSERT INTO django_admin_log (action_time, user_id, object_repr, action_flag, change_message)"
            " SELECT '2026-01-01', id, 'a student', 3, '' FROM account"
        )
        portal.exec_driver_sql(
            "INSERT INTO reading (read_at, reader_name, reader_email, address, act, about)"
            " SELECT UTC_TIMESTAMP(), name, email, '192.0.2.7', 'export', 'all students' FROM account"
        )
    with create_engine(migrated_mariadb.recognizer_url, poolclass=NullPool).begin() as recognizer:
        recognizer.exec_driver_sql(
            "INSERT INTO camera_mark (session_id, student_id, status, source, because, first_seen_at, last_seen_at,"
            " distance, camera_name) SELECT class_session.id, student.id, 'late', 'camera', '', '2026-01-01 09:20',"
            " '2026-01-01 09:50', 0.3, 'front' FROM class_session, known_student AS student WHERE number = 'S1003'"
        )
    return classroom


@pytest.fixture
def users_of_rooms(migrated_mariadb: MigratedMariaDB) -> Iterator[Callable[[int], str]]:
    """Call it with a room's number: the address by which a user that is the room's own comes to the database."""
    server, made = migrated_mariadb.server, []

    def make(room: int) -> str:
        user, password = user_of_room(room), secrets.token_urlsafe(12)
        server.execute(
            f"CREATE USER {user}@'%' IDENTIFIED BY '{password}'",
            f"USE {migrated_mariadb.name}",
            *(each.statement(user, "%") for each in read_grants() if each.role == RECOGNIZER),
        )
        made.append(user)
        return server.url(user, password, migrated_mariadb.name)

    yield make
    for user in made:
        server.execute(f"DROP USER {user}@'%'")
