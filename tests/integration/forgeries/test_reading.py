"""What the recognizer's user may not read: notes, names, addresses, and what lies behind its views."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.inspection import DatabaseInspection
from recognizer.storage.database.tables import VIEWS
from tests.fixtures.mariadb import MigratedMariaDB
from tests.integration.forgeries.session import NO_RIGHT, NO_SUCH_COLUMN, NO_TABLE, by_the_views, session_without_checks

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
