"""What each program's user of the database tries to forge or to read, with the shipped rights: the database refuses.

The recognizer's user stands for a classroom machine that was taken over, or for its password in another's hands; the
portal's for the portal's password. Rights refuse some of it and triggers the rest. A session that switches its checks
and foreign keys off gets no further.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from portal.web.installation.grants import read_grants
from portal.web.installation.users import RECOGNIZER, user_of_room
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.inspection import DatabaseInspection
from recognizer.storage.database.tables import VIEWS
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import WITH_TRIGGERS, MigratedMariaDB, MySQL

NO_RIGHT = (1142, 1143, 1227, 1044, 1045, 1370, 1419)
REFUSED_BY_TRIGGER = 1644
NO_SUCH_COLUMN, NO_TABLE = 1054, 1347
VIEW_MAY_NOT = 1356
"""Of a view, in whose name it stands; MariaDB says so of INSERT ... ON DUPLICATE KEY UPDATE by a view, too."""
REFUSED = (*NO_RIGHT, REFUSED_BY_TRIGGER)

needs_triggers = pytest.mark.skipif(not WITH_TRIGGERS, reason="these are refused by triggers")


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


def everything(classroom: Classroom) -> list[list[dict[str, object]]]:
    tables = ("mark", "mark_change", "django_admin_log", "reading", "student", "account", "class_session", "evidence")
    return [classroom.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]


@contextmanager
def session_without_checks(database: MigratedMariaDB, url: str) -> Iterator[Callable[[str], int]]:
    """Call it with a statement: the error by which the database refuses it; 0 where it takes it."""
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        if not isinstance(database.server, MySQL):
            connection.exec_driver_sql("SET SESSION check_constraint_checks = 0")

        def code_of(statement: str) -> int:
            try:
                for each in statement.split("; "):
                    connection.execute(text(each))
            except DBAPIError as error:
                assert error.orig
                return int(error.orig.args[0])
            return 0

        yield code_of


def by_the_views(statement: str) -> str:
    """The same statement as the recognizer writes it: it has no right on the tables themselves."""
    views = {"mark": "camera_mark", "student": "known_student"}
    return re.sub(
        r"\b(FROM|INTO|UPDATE|IGNORE|JOIN) (mark|student)\b", lambda found: f"{found[1]} {views[found[2]]}", statement
    )


OF_THE_LECTURER = "source = 'lecturer' AND status = 'absent'"
A_MARK = (
    "INSERT INTO mark (session_id, student_id, status, source, because, first_seen_at, last_seen_at, camera_name)"
    " SELECT session_id, 900000 + student_id, {}, '', first_seen_at, last_seen_at, 'front' FROM mark"
    " WHERE source = 'camera'"
)
A_CHANGE = (
    "INSERT INTO mark_change (session_id, student_id, action, program, changed_at, from_status, from_source, to_status,"
    " to_source, reason) SELECT session_id, student_id, {}, '2026-01-01', 'absent', 'lecturer', {}, 'x' FROM mark"
)

BY_ITSELF = ("'decide', 'recognizer'", "'present', 'camera'")
BEFORE_ALL_OTHERS = (
    A_CHANGE.format("'decide', 'portal'", "'absent', 'closing'")
    .replace("mark_change (", "mark_change (id, ")
    .replace("SELECT ", "SELECT 0, ")
)

BY_THE_RECOGNIZER = {
    "a lecturer's absent to present": f"UPDATE mark SET status = 'present' WHERE {OF_THE_LECTURER}",
    "a lecturer's absent to a camera's": (
        "UPDATE mark SET status = 'present', source = 'camera', first_seen_at = '2026-01-01', "
        f"last_seen_at = '2026-01-01' WHERE {OF_THE_LECTURER}"
    ),
    "a lecturer's absent in other letters": f"UPDATE mark SET status = 'ABSENT' WHERE {OF_THE_LECTURER}",
    "a lecturer's word as nobody's": f"UPDATE mark SET status = 'expected', source = 'nobody' WHERE {OF_THE_LECTURER}",
    "why nobody knows, of a lecturer's word": f"UPDATE mark SET because = 'blind' WHERE {OF_THE_LECTURER}",
    "a camera's mark as a lecturer's": "UPDATE mark SET source = 'lecturer' WHERE source = 'camera'",
    "a camera's mark as an excuse": "UPDATE mark SET status = 'excused', source = 'excuse' WHERE source = 'camera'",
    "a camera's mark as an absence": "UPDATE mark SET status = 'absent', source = 'closing' WHERE source = 'camera'",
    "an absence by camera": "UPDATE mark SET status = 'absent' WHERE source = 'camera'",
    "a status in other letters": "UPDATE mark SET status = 'Present' WHERE source = 'camera'",
    "a mark in a lecturer's name": A_MARK.format("'present', 'lecturer'"),
    "a mark in a Lecturer's name": A_MARK.format("'present', 'LECTURER '"),
    "a mark by closing": A_MARK.format("'absent', 'closing'"),
    "an excuse": A_MARK.format("'excused', 'excuse'"),
    "a mark by somebody": (
        "INSERT INTO mark (session_id, student_id, status, source, marked_by_id) VALUES (1, 1, 'present', "
        "'lecturer', 1)"
    ),
    "a lecturer's absent, with errors ignored": (
        "UPDATE IGNORE mark SET status = 'present', source = 'camera', first_seen_at = '2026-01-01'"
        f" WHERE {OF_THE_LECTURER}"
    ),
    "a lecturer's absent by a join": (
        "UPDATE mark AS m JOIN student AS s ON s.id = m.student_id SET m.status = 'present', m.source = 'camera',"
        " m.first_seen_at = '2026-01-01' WHERE m.source = 'lecturer'"
    ),
    "a student's number by a join": (
        "UPDATE mark AS m JOIN student AS s ON s.id = m.student_id SET m.distance = 1, s.number = 'x'"
    ),
    "a lecturer's absent by an insert": (
        "INSERT INTO mark (session_id, student_id, status, source, because, first_seen_at, camera_name)"
        " SELECT session_id, student_id, 'present', 'camera', '', '2026-01-01', '' FROM mark AS m"
        " ON DUPLICATE KEY UPDATE status = 'present', source = 'camera', first_seen_at = '2026-01-01'"
    ),
    "a mark by closing, with errors ignored": A_MARK.format("'absent', 'closing'").replace("INSERT", "INSERT IGNORE"),
    "a mark's note": "UPDATE mark SET note = ''",
    "a mark's person": "UPDATE mark SET marked_by_id = NULL",
    "who counts": "UPDATE mark SET on_roster = 0",
    "a mark of another student": "UPDATE mark SET student_id = 900001 WHERE source = 'camera'",
    "a mark of another class session": "UPDATE mark SET session_id = 900001 WHERE source = 'camera'",
    "a mark that goes": "DELETE FROM mark",
    "a mark replaced": (
        "REPLACE INTO mark (session_id, student_id, status, source, because, camera_name) SELECT session_id, "
        "student_id, 'present', 'camera', '', '' FROM mark"
    ),
    "a word taken back": A_CHANGE.format("'back', 'recognizer'", "'present', 'camera'"),
    "a word set": A_CHANGE.format("'set', 'recognizer'", "'present', 'camera'"),
    "the portal's decision": A_CHANGE.format("'decide', 'portal'", "'present', 'camera'"),
    "a decision to absent": A_CHANGE.format("'decide', 'recognizer'", "'absent', 'closing'"),
    "a word in somebody's name": (
        "INSERT INTO mark_change (session_id, student_id, to_status, reason, changed_by_id) VALUES (1, 1, "
        "'absent', 'x', 1)"
    ),
    "an earlier change": (
        "INSERT INTO mark_change (id, session_id, student_id, to_status, reason) VALUES (1, 1, 1, 'absent', 'x')"
    ),
    "history rewritten": "UPDATE mark_change SET reason = 'x'",
    "history deleted": "DELETE FROM mark_change",
    "history emptied": "TRUNCATE mark_change",
    "a doubt confirmed": "UPDATE evidence SET is_confirmed = 1",
    "evidence of another student": "UPDATE evidence SET student_id = 1",
    "evidence deleted": "DELETE FROM evidence",
    "a camera of another room": "UPDATE camera_status SET room_id = 1",
    "a camera's first sight": "UPDATE sight SET starts_at = '2026-01-01'",
    "a student on a roster": "INSERT INTO roster_entry (course_id, student_id) VALUES (1, 1)",
    "a class session cancelled": "UPDATE class_session SET is_cancelled = 1",
    "a table": "CREATE TABLE mine (id INT)",
    "a trigger": "CREATE TRIGGER mine BEFORE INSERT ON mark FOR EACH ROW SET NEW.status = 'present'",
    "no trigger": "DROP TRIGGER mark_before_update",
    "a lecturer's absent in another mode": (
        "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE'; UPDATE mark SET"
        f" status = 'present', source = 'camera', first_seen_at = '2026-01-01' WHERE {OF_THE_LECTURER}"
    ),
    "a lecturer's absent where nothing is found": (
        "SET SESSION sql_select_limit = 0; UPDATE mark SET status = 'present', source = 'camera',"
        f" first_seen_at = '2026-01-01' WHERE {OF_THE_LECTURER}"
    ),
}

READ_BY_THE_RECOGNIZER = (
    "note FROM mark",
    "* FROM mark",
    "marked_by_id FROM mark",
    "COUNT(*) FROM mark WHERE note LIKE '%hospital%'",
    "id FROM mark ORDER BY note",
    "full_name FROM student",
    "plain_name FROM student",
    "email FROM student",
    "id FROM student WHERE email LIKE 'a%'",
    "* FROM student",
    "title FROM course",
    "checked_by_id FROM class_session",
    "* FROM account",
    "name FROM account",
    "reason FROM mark_change",
    "COUNT(*) FROM mark_change",
    "* FROM course_lecturers",
    "* FROM django_session",
    "* FROM django_admin_log",
    "* FROM reading",
    "* FROM room_contact",
)

BY_THE_PORTAL = {
    "a mark of another student": "UPDATE mark SET student_id = (SELECT MAX(id) FROM student) WHERE status = 'absent'",
    "a mark of a student who is not there": "UPDATE mark SET student_id = 900001",
    "a mark of another class session": "UPDATE mark SET session_id = 900001",
    "another student under a mark": "UPDATE student SET id = id + 900000",
    "another class session under a mark": "UPDATE class_session SET id = id + 900000",
    "a mark that goes": "DELETE FROM mark",
    "a mark replaced": (
        "REPLACE INTO mark (session_id, student_id, status, source) SELECT session_id, student_id, "
        "'expected', 'nobody' FROM mark"
    ),
    "history rewritten": "UPDATE mark_change SET reason = 'x'",
    "history in another's name": "UPDATE mark_change SET changed_by_id = NULL",
    "history deleted": "DELETE FROM mark_change",
    "history emptied": "TRUNCATE mark_change",
    "history gone": "DROP TABLE mark_change",
    "history replaced": "REPLACE INTO mark_change SELECT * FROM mark_change",
    "history updated by an insert": (
        "INSERT INTO mark_change SELECT * FROM mark_change AS m ON DUPLICATE KEY UPDATE reason = 'x'"
    ),
    "the admin's log deleted": "DELETE FROM django_admin_log",
    "the admin's log rewritten": "UPDATE django_admin_log SET user_id = NULL, object_repr = 'x'",
    "the admin's log emptied": "TRUNCATE django_admin_log",
    "the trail of names deleted": "DELETE FROM official_change",
    "the trail of names rewritten": "UPDATE official_change SET old = 'x'",
    "the trail of names emptied": "TRUNCATE official_change",
    "a confidential reason rewritten": "UPDATE confidential_reason SET text = 'x'",
    "a confidential reason deleted": "DELETE FROM confidential_reason",
    "who has just read it deleted": "DELETE FROM reading",
    "who has just read it deleted at another time": "SET timestamp = 2000000000; DELETE FROM reading",
    "who has read it rewritten": "UPDATE reading SET reader_name = 'x'",
    "who has read it emptied": "TRUNCATE reading",
    "who has read it replaced": "REPLACE INTO reading SELECT * FROM reading",
    "what a camera saw": "UPDATE evidence SET minutes = 1",
    "what no camera saw": "INSERT INTO evidence (session_id) VALUES (1)",
    "sight": "UPDATE sight SET ends_at = '2026-01-01'",
    "a camera's word": "UPDATE camera_status SET state = 'watching'",
    "the schema": "ALTER TABLE mark ADD COLUMN mine INT",
    "a trigger": "CREATE TRIGGER mine BEFORE INSERT ON mark FOR EACH ROW SET NEW.status = 'present'",
    "no trigger": "DROP TRIGGER mark_before_update",
    "a change before others": A_CHANGE.format("'decide', 'portal'", "'absent', 'closing'")
    .replace("mark_change (", "mark_change (id, ")
    .replace("SELECT ", "SELECT 900000 + id, "),
    "the recognizer's decision": A_CHANGE.format("'decide', 'recognizer'", "'present', 'camera'"),
}


WITH_EVERY_RIGHT = {
    "history rewritten": "UPDATE mark_change SET reason = 'x'",
    "history deleted": "DELETE FROM mark_change",
    "the admin's log rewritten": "UPDATE django_admin_log SET object_repr = 'x'",
    "the admin's log deleted": "DELETE FROM django_admin_log",
    "a lecturer's absent to present": BY_THE_RECOGNIZER["a lecturer's absent to present"],
    "a lecturer's absent to a camera's": BY_THE_RECOGNIZER["a lecturer's absent to a camera's"],
    "a mark's note": "UPDATE mark SET note = ''",
    "a mark's person": "UPDATE mark SET marked_by_id = NULL",
    "a mark of another student": "UPDATE mark SET student_id = 900001",
    "a mark in a lecturer's name": A_MARK.format("'present', 'lecturer'"),
    "a word set": A_CHANGE.format("'set', 'recognizer'", "'present', 'camera'"),
}


@needs_triggers
@pytest.mark.parametrize(
    ("url", "forgeries", "expected"),
    [
        (
            "recognizer_url",
            {forged: by_the_views(text) for forged, text in BY_THE_RECOGNIZER.items()},
            (*REFUSED, NO_SUCH_COLUMN, VIEW_MAY_NOT),
        ),
        ("recognizer_url", {forged: text for forged, text in BY_THE_RECOGNIZER.items() if " mark" in text}, NO_RIGHT),
        ("portal_url", BY_THE_PORTAL, REFUSED),
        ("owner_url", WITH_EVERY_RIGHT, (REFUSED_BY_TRIGGER,)),
    ],
    ids=["the recognizer", "the recognizer behind its views", "the portal", "who has every right"],
)
def test_nothing_is_forged_by(
    migrated_mariadb: MigratedMariaDB,
    classroom: Classroom,
    url: str,
    forgeries: dict[str, str],
    expected: tuple[int, ...],
) -> None:
    before = everything(classroom)
    with session_without_checks(migrated_mariadb, getattr(migrated_mariadb, url)) as code_of:
        codes = {forged: code_of(statement) for forged, statement in forgeries.items()}
    assert {forged: code for forged, code in codes.items() if code not in expected} == {}
    assert everything(classroom) == before


UPDATED = {
    "evidence": "last_seen_at",
    "near_miss": "last_seen_at",
    "camera_status": "reported_at",
    "room_lease": "held_since",
}
OF_A_SESSION = "session_id = (SELECT MIN(id) FROM class_session)"
OF_A_ROOM = {
    "evidence": f"{OF_A_SESSION}, student_id = 1, hour = '2026-01-01', minutes = 1, distance = 0.3",
    "near_miss": (
        f"{OF_A_SESSION}, student_id = 1, hour = '2026-01-01', minutes = 1, distance = 0.47, sure_below = 0.45"
    ),
    "sight": "camera_name = 'front', starts_at = '2026-01-01', ends_at = '2026-01-01'",
    "blind_span": "camera_name = 'front', starts_at = '2026-01-01', ends_at = '2026-01-01', reason = 'dark'",
    "enrolled": "student_id = 1, enrolled_at = '2026-01-01'",
    "room_camera": "camera_name = 'front', since = '2026-01-01'",
    "camera_status": "camera_name = 'front', state = 'watching'",
    "room_lease": "holder = 'this machine'",
    "outbox_fault": "happened_at = '2026-01-01', reason = 'damaged'",
}
"""What else a row needs that a recognizer writes for its room."""


@needs_triggers
def test_nobody_chooses_the_number_of_a_row_and_so_uses_up_all_others(
    migrated_mariadb: MigratedMariaDB, classroom: Classroom
) -> None:
    """After the largest number a table takes no row any more, from no room and no lecturer."""
    room = classroom.rows("SELECT id FROM room")[0]["id"]
    rows = {table: f"INSERT INTO {table} SET room_id = {room}, {values}" for table, values in OF_A_ROOM.items()}
    rows["mark"] = by_the_views(A_MARK.format("'present', 'camera'"))
    rows["mark_change"] = by_the_views(A_CHANGE.format(*BY_ITSELF))
    with session_without_checks(migrated_mariadb, migrated_mariadb.recognizer_url) as code_of:
        assert code_of("SET SESSION sql_mode = ''") == 0
        chosen = {}
        for table, statement in rows.items():
            assert code_of("SET SESSION insert_id = 9223372036854775806") == 0
            chosen[table] = code_of(statement)
        assert code_of("SET SESSION insert_id = 0") == 0
        assert {table: code_of(statement) for table, statement in rows.items()} == dict.fromkeys(rows, 0)
    assert chosen == dict.fromkeys(rows, REFUSED_BY_TRIGGER)
    with session_without_checks(migrated_mariadb, migrated_mariadb.portal_url) as code_of:
        assert code_of("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'") == 0
        assert code_of(BEFORE_ALL_OTHERS) == REFUSED_BY_TRIGGER


@needs_triggers
def test_a_room_with_a_user_of_its_own_speaks_for_no_other(
    migrated_mariadb: MigratedMariaDB, classroom: Classroom, users_of_rooms: Callable[[int], str]
) -> None:
    server, own = migrated_mariadb.server, int(str(classroom.rows("SELECT id FROM room")[0]["id"]))
    server.execute(
        f"USE {migrated_mariadb.name}",
        "SET SESSION sql_mode = '', foreign_key_checks = 0",
        *(f"INSERT INTO {table} SET room_id = 7000, {values}" for table, values in OF_A_ROOM.items()),
    )
    with session_without_checks(migrated_mariadb, users_of_rooms(own)) as code_of:
        assert code_of("SET SESSION sql_mode = ''") == 0
        forged = {
            f"{action} {table}": code_of(statement)
            for table, values in OF_A_ROOM.items()
            for action, statement in (
                ("insert", f"INSERT INTO {table} SET room_id = 7001, {values}"),
                ("update", f"UPDATE {table} SET {UPDATED.get(table, 'recorded_at')} = '2026-01-02'"),
            )
        }
        later = {table: values.replace("2026-01", "2026-02") for table, values in OF_A_ROOM.items()}
        said = {table: code_of(f"INSERT INTO {table} SET room_id = {own}, {later[table]}") for table in later}
    assert forged == dict.fromkeys(forged, REFUSED_BY_TRIGGER)
    assert said == dict.fromkeys(OF_A_ROOM, 0)


SEEN_BY_A_CAMERA = "camera_name = 'front', first_seen_at = '2026-01-01', last_seen_at = '2026-01-01', distance = 0.3"
IN_A_SESSION = {
    "a mark": (
        "INSERT INTO camera_mark SET session_id = {}, student_id = 900001, status = 'present', source = 'camera',"
        f" because = '', {SEEN_BY_A_CAMERA}"
    ),
    "a later time": "UPDATE camera_mark SET last_seen_at = '2026-01-03' WHERE session_id = {}",
    "a change": (
        "INSERT INTO mark_change SET session_id = {}, student_id = 900001, action = 'decide', program = 'recognizer',"
        " changed_at = '2026-01-01', from_status = '', from_source = '', to_status = 'present', to_source = 'camera',"
        " reason = 'x'"
    ),
}
SEEN_IN_A_SESSION = {
    table: f"INSERT INTO {table} SET room_id = {{}}, {OF_A_ROOM[table]}".replace(OF_A_SESSION, "session_id = {}")
    for table in ("evidence", "near_miss")
}


@needs_triggers
def test_a_room_with_a_user_of_its_own_marks_nobody_in_the_class_sessions_of_others(
    migrated_mariadb: MigratedMariaDB, classroom: Classroom, users_of_rooms: Callable[[int], str]
) -> None:
    server, own = migrated_mariadb.server, int(str(classroom.rows("SELECT id FROM room")[0]["id"]))
    others, changed = 7000, 7001
    server.execute(
        f"USE {migrated_mariadb.name}",
        "SET SESSION sql_mode = '', foreign_key_checks = 0",
        *(
            f"INSERT INTO class_session SET id = {session}, room_id = 7000, course_id = 1, revision = {revision},"
            f" starts_at = '2026-01-01 0{revision}:00', ends_at = '2026-01-02', day = '2026-01-01'"
            for session, revision in ((others, 0), (changed, 1))
        ),
        "INSERT INTO mark SET session_id = 7000, student_id = 900002, status = 'late', source = 'camera', because = '',"
        f" {SEEN_BY_A_CAMERA}",
    )
    with session_without_checks(migrated_mariadb, users_of_rooms(own)) as code_of:
        assert code_of("SET SESSION sql_mode = ''") == 0
        codes = {
            session: [
                *(code_of(statement.format(session)) for statement in IN_A_SESSION.values()),
                *(code_of(statement.format(own, session)) for statement in SEEN_IN_A_SESSION.values()),
            ]
            for session in (others, changed, classroom.session_id)
        }
    assert codes == {others: [REFUSED_BY_TRIGGER] * 5, changed: [0] * 5, classroom.session_id: [0] * 5}


@pytest.mark.usefixtures("classroom")
def test_the_recognizers_user_reads_no_note_name_or_address(migrated_mariadb: MigratedMariaDB) -> None:
    with session_without_checks(migrated_mariadb, migrated_mariadb.recognizer_url) as code_of:
        codes = {what: code_of(f"SELECT {what}") for what in READ_BY_THE_RECOGNIZER}
        views = {what: code_of(f"SELECT {by_the_views(what)}") for what in READ_BY_THE_RECOGNIZER if "*" not in what}
    assert {what: code for what, code in codes.items() if code not in NO_RIGHT} == {}
    assert {what: code for what, code in views.items() if code not in (*NO_RIGHT, NO_SUCH_COLUMN)} == {}


@pytest.mark.usefixtures("classroom")
@pytest.mark.parametrize("table", ["mark", "student", "mark_change", "account", "excuse", "confidential_reason"])
def test_the_recognizers_user_reads_no_row_by_handler(migrated_mariadb: MigratedMariaDB, table: str) -> None:
    """For this statement MariaDB looks at no column's rights, and gives whole rows."""
    with session_without_checks(migrated_mariadb, migrated_mariadb.recognizer_url) as code_of:
        assert code_of(f"HANDLER {table} OPEN; HANDLER {table} READ FIRST") in NO_RIGHT
        assert {code_of(f"HANDLER {view} OPEN") for view in VIEWS} == {NO_TABLE}


BEHIND_THE_VIEWS = (
    "EXPLAIN SELECT * FROM known_student",
    "EXPLAIN FORMAT = JSON SELECT * FROM camera_mark",
    "SHOW CREATE VIEW camera_mark",
    "SHOW CREATE TABLE mark",
    "SHOW COLUMNS FROM student",
    "SHOW INDEX FROM mark",
    "CHECKSUM TABLE student",
    "ANALYZE TABLE mark",
    "SELECT id FROM known_student AS k ORDER BY (SELECT email FROM student WHERE student.id = k.id)",
    "SELECT id FROM camera_mark NATURAL JOIN mark",
    "UPDATE camera_mark SET distance = (SELECT LENGTH(note) FROM mark LIMIT 1)",
    "PREPARE s FROM 'SELECT note FROM mark'",
    "PREPARE s FROM 'HANDLER mark OPEN'; EXECUTE s",
    "SELECT * FROM known_student INTO OUTFILE 'students'",
    "CREATE VIEW mine AS SELECT * FROM mark",
    "SET ROLE rollcall_guard",
)
NOT_EXPLAINED, NO_PREPARED_HANDLER, NO_ROLE = 1345, 1295, (1959, 3530)


@pytest.mark.usefixtures("classroom")
def test_the_recognizers_user_is_told_nothing_of_what_lies_behind_the_views(migrated_mariadb: MigratedMariaDB) -> None:
    with session_without_checks(migrated_mariadb, migrated_mariadb.recognizer_url) as code_of:
        codes = {statement: code_of(statement) for statement in BEHIND_THE_VIEWS}
    kept = (*NO_RIGHT, NOT_EXPLAINED, NO_PREPARED_HANDLER, *NO_ROLE)
    assert {statement: code for statement, code in codes.items() if code not in kept} == {}
    engine = create_engine(migrated_mariadb.recognizer_url, poolclass=NullPool)
    with engine.connect() as connection:
        for told in ("tables", "columns", "statistics"):
            found = connection.exec_driver_sql(
                f"SELECT 1 FROM information_schema.{told} WHERE table_name IN ('mark', 'student')"
            )
            assert found.all() == [], told


def test_with_these_rights_the_recognizer_lacks_nothing(migrated_mariadb: MigratedMariaDB) -> None:
    engine = make_engine(migrated_mariadb.recognizer_url)
    inspection = DatabaseInspection(engine)

    assert inspection.missing_columns() == []
    assert inspection.missing_rights() == []
    engine.dispose()
