"""What `rollcall-manage` mends where a database's views, triggers and users are not as it left them."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import make_url

from portal.web.installation.triggers import read_triggers
from portal.web.installation.views import read_views
from tests.fixtures.mariadb import MariaDB
from tests.fixtures.patience import few
from tests.integration.guards.conftest import Manage
from tests.integration.test_setup import address_in, asked_by, root_of

BY_GUARD = "CREATE OR REPLACE DEFINER = rollcall_guard@localhost"
STUDENT, MARK = read_views()
BY_A_CLERK = "CREATE DEFINER = clerk@localhost"
TRIGGER = read_triggers()["mark_before_update"]

SPOILT = {
    "the guard is gone": ["DROP USER rollcall_guard@localhost"],
    "who made them is gone": [
        "CREATE USER clerk@localhost",
        "GRANT ALL ON rollcall.* TO clerk@localhost",
        "DROP TRIGGER mark_before_update",
        f"{BY_A_CLERK} TRIGGER {TRIGGER}",
        f"DROP VIEW {MARK.name}",
        f"{BY_A_CLERK} VIEW {MARK.definition}",
        "DROP USER clerk@localhost",
    ],
    "a view shows another column by the same name": [
        f"{BY_GUARD} VIEW {MARK.definition.replace('because', 'note AS because')}"
    ],
    "the guard has another name": ["RENAME USER rollcall_guard@localhost TO rollcall_earlier@localhost"],
    "the guard has lost its rights": ["REVOKE ALL PRIVILEGES, GRANT OPTION FROM rollcall_guard@localhost"],
    "the guard can sign in": ["ALTER USER rollcall_guard@localhost ACCOUNT UNLOCK"],
    "a view goes by the rights of its reader": [f"{BY_GUARD} SQL SECURITY INVOKER VIEW {STUDENT.definition}"],
    "a view shows some rows alone": [f"{BY_GUARD} VIEW {STUDENT.definition} WHERE is_active"],
    "a view is gone": [f"DROP VIEW {MARK.name}"],
    "a trigger comes too late": [
        "DROP TRIGGER mark_before_update",
        f"CREATE DEFINER = rollcall_guard@localhost TRIGGER {TRIGGER.replace('BEFORE', 'AFTER')}",
    ],
}


def stands(server: MariaDB) -> dict[str, list[tuple[object, ...]]]:
    """The guard's views, triggers and rights."""
    said = {
        "views": "SELECT table_name, view_definition, definer, security_type FROM information_schema.views"
        " WHERE table_schema = 'rollcall' ORDER BY table_name",
        "triggers": "SELECT trigger_name, definer, action_timing, event_manipulation, event_object_table,"
        " action_statement FROM information_schema.triggers WHERE trigger_schema = 'rollcall' ORDER BY trigger_name",
        "rights": "SELECT table_name, privilege_type FROM information_schema.table_privileges"
        " WHERE grantee = '''rollcall_guard''@''localhost''' ORDER BY table_name, privilege_type",
        "rights to columns": "SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges"
        " WHERE grantee = '''rollcall_guard''@''localhost''' ORDER BY table_name, column_name, privilege_type",
    }
    with server.connect() as root, root.cursor() as cursor:
        found = {}
        for what, statement in said.items():
            cursor.execute(statement)
            found[what] = list(cursor.fetchall())
        cursor.execute("SHOW CREATE USER rollcall_guard@localhost")
        found["locked"] = [("ACCOUNT LOCK" in str(cursor.fetchall()),)]
    return found


@pytest.mark.parametrize("how", few(SPOILT, 3))
def test_whatever_became_of_views_and_triggers_setup_makes_them_as_they_were(
    server: MariaDB,
    manage: Manage,
    folder: Path,
    how: str,
) -> None:
    assert manage("setup", root_of(server)).returncode == 0
    before = stands(server)
    server.execute("USE rollcall", *SPOILT[how])

    done = manage("setup", root_of(server))

    assert done.returncode == 0, done.stderr
    assert stands(server) == before
    recognizer = folder / "recognizer-database.toml"
    assert asked_by(recognizer, "SELECT COUNT(number) FROM known_student") == 0
    assert asked_by(recognizer, "UPDATE camera_mark SET distance = 1") is None


def test_the_owner_leaves_views_in_the_guards_name_and_makes_the_lost_ones_anew(
    server: MariaDB,
    manage: Manage,
    folder: Path,
) -> None:
    assert manage("setup", root_of(server), "--keep-owner").returncode == 0
    before = stands(server)
    assert manage("setup").returncode == 0
    assert stands(server) == before

    server.execute("DROP USER rollcall_guard@localhost")
    done = manage("setup")
    assert done.returncode == 0, done.stderr
    assert asked_by(folder / "recognizer-database.toml", "SELECT COUNT(number) FROM known_student") == 0
    assert manage("setup", root_of(server)).returncode == 0
    assert stands(server) == before


HOSTED = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES,"
    " LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE USER, EVENT, TRIGGER"
)
"""What whoever administers a server has where somebody else runs the machine: nothing in another's name."""


def test_an_administrator_who_may_make_nothing_in_anothers_name_makes_it_in_their_own(
    server: MariaDB, manage: Manage, folder: Path
) -> None:
    server.execute(
        "CREATE USER hosted@'%' IDENTIFIED BY 'hosted'",
        f"GRANT {HOSTED} ON *.* TO hosted@'%' WITH GRANT OPTION",
        "SET GLOBAL log_bin_trust_function_creators = 1",
    )
    try:
        for _ in range(2):
            done = manage("setup", root_of(server).replace("root@", "hosted:hosted@"))
            assert done.returncode == 0, done.stderr
            assert "Triggers: " in done.stdout
            found = stands(server)
            assert {str(definer) for _, definer, *_ in found["triggers"]} == {"hosted@%"}
        recognizer = folder / "recognizer-database.toml"
        assert asked_by(recognizer, "SELECT COUNT(number) FROM known_student") == 0
        assert asked_by(recognizer, "UPDATE camera_mark SET distance = 1") is None
        assert manage("setup", root_of(server)).returncode == 0
        assert {str(definer) for _, definer, *_ in stands(server)["triggers"]} == {"rollcall_guard@localhost"}
    finally:
        server.execute("SET GLOBAL log_bin_trust_function_creators = 0", "DROP USER hosted@'%'")


def signed_in(server: MariaDB, path: Path) -> pymysql.Connection:
    url = make_url(address_in(path))
    return pymysql.connect(
        host="127.0.0.1",
        port=server.port,
        user=url.username,
        password=url.password or "",
        database="rollcall",
        autocommit=True,
    )


def test_what_a_thief_left_prepared_is_told_with_what_ends_it(
    server: MariaDB,
    manage: Manage,
    folder: Path,
) -> None:
    """Such a transaction outlives its connection and its user, and keeps its rows from everybody."""
    assert manage("setup", root_of(server)).returncode == 0
    assert "prepared" not in manage("recognizer", "add", "A 101").stdout
    (path,) = folder.glob("recognizer-room-*.toml")
    server.execute(
        "INSERT INTO rollcall.room_lease (room_id, holder, token, machine, held_since, expires_at, waiting_machine)"
        " SELECT id, 'x', 1, '', NOW(), NOW(), '' FROM rollcall.room WHERE name = 'A 101'"
    )
    prepared = "'It''s mine', X'00ff', 7"
    with closing(signed_in(server, path)) as thief, thief.cursor() as cursor:
        for statement in (f"XA START {prepared}", "UPDATE room_lease SET holder = ''", f"XA END {prepared}"):
            cursor.execute(statement)
        cursor.execute(f"XA PREPARE {prepared}")

    done = manage("recognizer", "revoke", "A 101")

    assert done.returncode == 0, done.stderr
    said = re.search("XA ROLLBACK .*(?=;)", done.stdout)
    # Whatever was said: others could not even drop the table.
    server.execute(said[0] if said else f"XA ROLLBACK {prepared}")
    assert said


@pytest.mark.parametrize("arguments", [["setup", "--new-passwords"], ["recognizer", "add", "A 101", "--new-password"]])
def test_a_new_password_signs_out_who_had_the_old_one(
    server: MariaDB,
    manage: Manage,
    folder: Path,
    arguments: list[str],
) -> None:
    assert manage("setup", root_of(server)).returncode == 0
    assert manage("recognizer", "add", "A 101").returncode == 0
    name = "recognizer-room-*.toml" if arguments[0] == "recognizer" else "recognizer-database.toml"
    (path,) = folder.glob(name)
    with closing(signed_in(server, path)) as thief, thief.cursor() as cursor:
        cursor.execute("SELECT name FROM room")
        where = ["--address", root_of(server)] if arguments[0] == "recognizer" else [root_of(server)]
        done = manage(*arguments, *where)
        assert done.returncode == 0, done.stderr
        assert ("restart rollcall-portal" in done.stdout) == (arguments[0] == "setup")
        with pytest.raises(pymysql.Error):
            cursor.execute("SELECT name FROM room")
