"""What `rollcall-manage setup` and `recognizer` do so that the database itself guards the register."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pymysql
import pytest
from django.db import OperationalError, connection
from sqlalchemy import make_url

from recognizer.commands.database_check import check_triggers
from recognizer.commands.findings import Later
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.inspection import DatabaseInspection
from tests.fixtures.mariadb import MariaDB, trigger_names
from tests.fixtures.patience import few
from tests.fixtures.portal_database import connected_to
from tests.integration.guards.conftest import ROOMS, Manage
from tests.integration.test_setup import address_in, asked_by, root_of


def triggers(server: MariaDB) -> dict[str, str]:
    """Who made them, by their names."""
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute(
            "SELECT trigger_name, definer FROM information_schema.triggers WHERE trigger_schema = 'rollcall'"
        )
        return dict(cursor.fetchall())


def portals_check(manage: Manage, folder: Path) -> str:
    with connected_to(address_in(folder / "portal-secrets.env")):
        return manage("check").stdout


def test_setup_makes_the_triggers_in_the_name_of_nobody_who_can_sign_in(
    server: MariaDB, manage: Manage, folder: Path
) -> None:
    done = manage("setup", root_of(server))
    assert done.returncode == 0, done.stderr
    assert "Triggers: " in done.stdout

    assert triggers(server) == dict.fromkeys(trigger_names(), "rollcall_guard@localhost")
    with pytest.raises(pymysql.OperationalError):
        pymysql.connect(host="127.0.0.1", port=server.port, user="rollcall_guard", password="")
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SHOW CREATE USER rollcall_guard@localhost")
        assert "ACCOUNT LOCK" in cursor.fetchall()[0][0]
    said = portals_check(manage, folder)
    assert "✓ triggers" in said
    assert "✓ way to the database: it does not leave this machine" in said

    server.execute("USE rollcall", *(f"DROP TRIGGER {name}" for name in trigger_names()))
    assert "– triggers: those that keep" in portals_check(manage, folder)
    assert manage("setup", root_of(server)).returncode == 0
    assert "✓ triggers" in portals_check(manage, folder)


def test_where_a_binary_log_keeps_the_owner_from_making_triggers_it_says_what_to_do(
    server: MariaDB, manage: Manage
) -> None:
    assert manage("setup", root_of(server), "--keep-owner").returncode == 0
    # Those that stand are as they should be: there is nothing to make.
    assert "were not made" not in manage("setup").stdout
    server.execute(
        "USE rollcall",
        "DROP TRIGGER mark_before_update",
        "DROP TRIGGER mark_before_insert",
        "CREATE TRIGGER mark_before_insert BEFORE INSERT ON mark FOR EACH ROW SET @of_an_earlier_release = 1",
    )

    done = manage("setup")

    assert done.returncode == 0, done.stderr
    assert "error 1419" in done.stdout
    assert "mysql://root@HOST/rollcall" in done.stdout
    assert "log_bin_trust_function_creators" in done.stdout
    assert "mark_before_insert" in triggers(server), "what stands stays until it can be made anew"

    server.execute("SET GLOBAL log_bin_trust_function_creators = 1")
    try:
        done = manage("setup")
    finally:
        server.execute("SET GLOBAL log_bin_trust_function_creators = 0")
    assert "Triggers: " in done.stdout
    assert triggers(server).keys() == set(trigger_names())
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("SHOW CREATE TRIGGER rollcall.mark_before_insert")
        assert "earlier_release" not in str(cursor.fetchall())


@pytest.mark.parametrize("by", few(["administrator", "owner"]))
def test_an_upgrade_takes_away_what_an_earlier_release_gave(
    server: MariaDB, manage: Manage, folder: Path, by: str
) -> None:
    assert manage("setup", root_of(server), "--keep-owner").returncode == 0
    server.execute(
        "USE rollcall",
        # What lies behind the views an owner cannot know of: only an administrator is told what others may do.
        *(["GRANT SELECT ON student TO rollcall_recognizer@'%'"] if by == "administrator" else []),
        "GRANT SELECT, INSERT, UPDATE ON evidence TO rollcall_recognizer@'%'",
        "GRANT UPDATE ON mark TO rollcall_portal@localhost",
        "GRANT UPDATE, DELETE ON django_admin_log TO rollcall_portal@localhost",
    )

    assert manage("setup", *([root_of(server)] if by == "administrator" else [])).returncode == 0

    recognizer, portal = folder / "recognizer-database.toml", folder / "portal-secrets.env"
    for path, forbidden in (
        (recognizer, "SELECT full_name FROM student"),
        (recognizer, "UPDATE evidence SET is_confirmed = 1"),
        (portal, "UPDATE mark SET student_id = 1"),
        (portal, "UPDATE django_admin_log SET object_repr = ''"),
        (portal, "DELETE FROM django_admin_log"),
    ):
        with pytest.raises(pymysql.OperationalError, match="denied"):
            asked_by(path, forbidden)
    assert asked_by(recognizer, "SELECT COUNT(number) FROM known_student") == 0
    asked_by(recognizer, "UPDATE evidence SET minutes = 1")
    asked_by(portal, "UPDATE mark SET note = ''")


def test_a_room_has_a_user_of_its_own_until_it_is_revoked(server: MariaDB, manage: Manage, folder: Path) -> None:
    assert manage("setup", root_of(server), "--keep-owner").returncode == 0
    for room in ROOMS:
        done = manage("recognizer", "add", room)
        assert done.returncode == 0, done.stderr
    one, other = sorted(folder.glob("recognizer-room-*.toml"))
    assert one.name.endswith("-a-101.toml")
    assert one.stat().st_mode & 0o777 == 0o600
    assert str(make_url(address_in(one)).password) not in done.stdout
    assert asked_by(one, "SELECT COUNT(number) FROM known_student") == 0
    with pytest.raises(pymysql.OperationalError, match="denied"):
        asked_by(one, "SELECT full_name FROM student")
    assert [line.split("  ")[1] for line in manage("recognizer", "list").stdout.splitlines()] == [
        "shared by rooms",
        *ROOMS,
    ]

    # The triggers that setup has made, in the name of nobody who signs in, can look up whose class session it is.
    server.execute(
        "USE rollcall",
        "SET SESSION sql_mode = '', foreign_key_checks = 0",
        "INSERT INTO class_session (room_id, starts_at, ends_at, day)"
        " SELECT id, NOW(), ADDTIME(NOW(), '1:0'), NOW() FROM room",
    )
    for room, refused in zip(ROOMS, ("foreign key", "writes nothing of another"), strict=True):
        with pytest.raises(pymysql.Error, match=refused):
            asked_by(
                one,
                "INSERT INTO camera_mark (session_id, student_id, status, source, because, first_seen_at, last_seen_at,"
                " camera_name) SELECT class_session.id, 1, 'present', 'camera', '', NOW(), NOW(), '' FROM class_session"
                f" JOIN room ON room.id = class_session.room_id WHERE room.name = '{room}'",
            )

    # An upgrade renews its rights too.
    user = str(make_url(address_in(one)).username)
    server.execute(
        "USE rollcall",
        f"REVOKE SELECT (id, name, time_zone) ON room FROM {user}@'%'",
        f"GRANT SELECT (id, number) ON student TO {user}@'%'",
    )
    assert manage("setup").returncode == 0
    assert asked_by(one, "SELECT COUNT(name) FROM room") == 2
    with pytest.raises(pymysql.OperationalError, match="denied"):
        asked_by(one, "SELECT number FROM student")

    before = one.read_text()
    url = make_url(address_in(one))
    with closing(
        pymysql.connect(host="127.0.0.1", port=server.port, user=user, password=url.password or "", database="rollcall")
    ) as thief:
        done = manage("recognizer", "revoke", "A 101")
        assert done.returncode == 0, done.stderr
        with pytest.raises(pymysql.Error), thief.cursor() as cursor:
            cursor.execute("SELECT name FROM room")
    assert not one.exists()
    one.write_text(before)
    with pytest.raises(pymysql.OperationalError, match="denied"):
        asked_by(one, "SELECT 1")
    one.unlink()
    # All others go on, and an upgrade does not bring it back.
    assert manage("setup").returncode == 0
    assert manage("setup", root_of(server)).returncode == 0
    assert asked_by(other, "SELECT COUNT(name) FROM room") == 2
    assert asked_by(folder / "recognizer-database.toml", "SELECT COUNT(name) FROM room") == 2
    assert "A 101" not in manage("recognizer", "list").stdout

    assert manage("recognizer", "revoke", "rollcall_recognizer").returncode == 0
    assert manage("setup", root_of(server)).returncode == 0
    assert not (folder / "recognizer-database.toml").exists()
    assert "shared" not in manage("recognizer", "list").stdout


def test_another_password_is_given_only_where_it_is_asked_for(server: MariaDB, manage: Manage, folder: Path) -> None:
    assert manage("setup", root_of(server)).returncode == 0
    assert manage("recognizer", "add", "A 101", "--host", "127.0.0.%", "--host", "localhost").returncode == 0
    (path,) = folder.glob("recognizer-room-*.toml")
    before = address_in(path)

    again = manage("recognizer", "add", "A 101")
    assert again.returncode == 1
    assert "--new-password" in again.stderr
    assert address_in(path) == before

    assert manage("recognizer", "add", "A 101", "--new-password").returncode == 0
    assert address_in(path) != before
    assert asked_by(path, "SELECT COUNT(name) FROM room") == 2
    assert "127.0.0.%, localhost" in manage("recognizer", "list").stdout


def test_check_says_where_the_triggers_would_take_the_portal_for_a_stranger(
    server: MariaDB, manage: Manage, folder: Path
) -> None:
    assert manage("setup", root_of(server)).returncode == 0
    with connected_to(root_of(server).replace("mysql:", "mysql+pymysql:")):
        done = manage("check")

    assert done.returncode == 1
    assert "✗ triggers: they take this portal for a stranger" in done.stdout
    assert "✓ triggers" in portals_check(manage, folder)


def test_recognizer_check_says_whether_the_triggers_stand(server: MariaDB, manage: Manage, folder: Path) -> None:
    assert manage("setup", root_of(server)).returncode == 0
    url = make_url(address_in(folder / "recognizer-database.toml")).set(host="127.0.0.1")
    engine = make_engine(url.render_as_string(hide_password=False))
    inspection = DatabaseInspection(engine)
    assert check_triggers(inspection) == "what a person has said of a mark is kept from this program"

    for name in ("mark_before_insert", "mark_change_before_insert"):
        server.execute("USE rollcall", f"DROP TRIGGER {name}")
        with pytest.raises(Later, match="are missing; run `rollcall-manage setup"):
            check_triggers(inspection)
        assert manage("setup", root_of(server)).returncode == 0
    engine.dispose()
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM mark") == 0
    assert asked_by(folder / "portal-secrets.env", "SELECT COUNT(*) FROM mark_change") == 0


def test_a_database_on_another_machine_is_not_spoken_to_in_the_clear_unless_the_address_says_so(
    server: MariaDB, manage: Manage, folder: Path
) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("This machine has no address but its own.")
        address = asked.getsockname()[0]
    assert manage("setup", root_of(server), "--portal-host", "%", "--portal-host", "localhost").returncode == 0
    plain, portals = (
        make_url(address_in(folder / file)).set(host=address).render_as_string(hide_password=False)
        for file in ("recognizer-database.toml", "portal-secrets.env")
    )

    refused = r"has to be encrypted: give the server a certificate|has to be signed by an authority"
    with pytest.raises(RegisterUnavailable, match=refused):
        DatabaseInspection(make_engine(plain)).rooms()
    with connected_to(portals), pytest.raises(OperationalError, match=refused):
        connection.ensure_connection()

    said = f"{plain}?ssl_disabled=true"
    engine = make_engine(said)
    assert DatabaseInspection(engine).rooms() == list(ROOMS)
    assert DatabaseInspection(engine).is_encrypted() is False
    engine.dispose()
    with connected_to(f"{portals}?ssl_disabled=true"):
        assert "– way to the database: not encrypted" in manage("check").stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["add", "C 303"], "the portal knows no room 'C 303' (it knows A 101, B 202)"),
        (["add"], "name the room"),
        (["revoke", "A 101"], "no user of the database of its own"),
        (["add", "A 101", "--host", "a'b"], "is no host"),
    ],
)
def test_what_cannot_be_done_with_a_room_is_one_line(
    server: MariaDB, manage: Manage, folder: Path, arguments: list[str], expected: str
) -> None:
    folder.mkdir()
    (folder / "portal-secrets.env").write_text(
        f"ROLLCALL_DATABASE_URL=mysql+pymysql://rollcall_portal:x@127.0.0.1:{server.port}/rollcall\n"
    )
    done = manage("recognizer", *arguments)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("rollcall-manage recognizer: ")
    assert expected in line
