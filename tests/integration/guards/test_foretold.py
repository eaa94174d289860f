"""What a machine that was taken over has written beforehand speaks no more once its user is revoked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pymysql
from sqlalchemy import make_url

from tests.fixtures.mariadb import MariaDB
from tests.integration.guards.conftest import Manage
from tests.integration.test_setup import address_in, root_of

BEFORE, AFTER = "2026-01-05 09:00", "2998-01-05 09:00"
"""Times that were, and that are to come, whenever this runs."""
LAST_WEEK, NEXT_WEEK = 7001, 7002

SPAN = "INSERT INTO {table} SET room_id = {room}, camera_name = 'front', starts_at = '{start}', ends_at = '{end}'{more}"
SEEN = (
    "INSERT INTO {table} SET room_id = {room}, session_id = {session}, student_id = 1, hour = '{at}', camera_name = '',"
    " first_seen_at = '{at}', last_seen_at = '{at}', minutes = 1, distance = 0.3"
)
MARK = (
    "INSERT INTO camera_mark SET session_id = {session}, student_id = 1, status = 'present', source = 'camera',"
    " because = '', camera_name = '', first_seen_at = '{at}', last_seen_at = '{at}'"
)


def written(room: int) -> list[str]:
    """What it writes: of each kind one row of what was, and one of what is to come."""
    found = []
    for at, session in ((BEFORE, LAST_WEEK), (AFTER, NEXT_WEEK)):
        found += [SEEN.format(table=table, room=room, session=session, at=at) for table in ("evidence", "near_miss")]
        found += [MARK.format(session=session, at=at)]
        found += [
            SPAN.format(table=table, room=room, start=at, end=at, more=more)
            for table, more in (("sight", ""), ("blind_span", ", reason = 'dark'"))
        ]
    reaching = SPAN.format(table="sight", room=room, start="2026-01-06 09:00", end=AFTER, more="")
    lease = (
        f"INSERT INTO room_lease SET room_id = {room}, holder = 'x', token = 'x', machine = '', expires_at = '{AFTER}'"
    )
    of_a_person = f"UPDATE camera_mark SET first_seen_at = '{AFTER}', last_seen_at = '{AFTER}' WHERE student_id = 2"
    return [*found, reaching, lease, of_a_person]


def test_what_a_stolen_machine_wrote_of_times_to_come_is_gone_with_its_user(
    server: MariaDB, manage: Manage, folder: Path
) -> None:
    """Else cameras would have seen the room in every class session to come, and students in it."""
    assert manage("setup", root_of(server)).returncode == 0
    for name in ("A 101", "B 202"):
        assert manage("recognizer", "add", name).returncode == 0
    room, other = (path for path in sorted(folder.glob("recognizer-room-*.toml")))
    number, others = (int(str(make_url(address_in(path)).username).rpartition("_")[2]) for path in (room, other))
    loose = "SET SESSION sql_mode = '', foreign_key_checks = 0"
    server.execute(
        "USE rollcall",
        loose,
        *(
            f"INSERT INTO class_session SET id = {session}, room_id = {number}, course_id = 1, day = DATE('{at}'),"
            f" starts_at = '{at}', ends_at = '{at}' + INTERVAL 1 HOUR"
            for session, at in ((LAST_WEEK, BEFORE), (NEXT_WEEK, AFTER))
        ),
        SPAN.format(table="sight", room=others, start=AFTER, end=AFTER, more=""),
    )
    url = make_url(address_in(folder / "portal-secrets.env"))
    portals = {"user": url.username, "password": url.password or "", "database": "rollcall", "autocommit": True}
    with closing(pymysql.connect(host="127.0.0.1", port=server.port, **portals)) as portal, portal.cursor() as cursor:
        cursor.execute(loose)
        cursor.execute(
            f"INSERT INTO mark SET session_id = {NEXT_WEEK}, student_id = 2, status = 'absent', source = 'lecturer',"
            " marked_by_id = 1, because = '', camera_name = '', note = 'left', on_roster = 1"
        )
    url = make_url(address_in(room))
    stolen = portals | {"user": url.username, "password": url.password or ""}
    with closing(pymysql.connect(host="127.0.0.1", port=server.port, **stolen)) as thief, thief.cursor() as cursor:
        for statement in (loose, *written(number)):
            cursor.execute(statement)

    done = manage("recognizer", "revoke", "A 101")

    assert done.returncode == 0, done.stderr
    assert "Of times to come it had written 8 rows" in done.stdout
    asked = {
        **{table: f"SELECT MAX(last_seen_at) FROM {table}" for table in ("evidence", "near_miss", "mark")},
        **{table: f"SELECT MAX(ends_at) FROM {table} WHERE room_id = {number}" for table in ("sight", "blind_span")},
        "room_lease": "SELECT MAX(expires_at) FROM room_lease",
    }
    left = "SELECT status, note FROM mark WHERE student_id = 2"
    with server.connect() as root, root.cursor() as cursor:
        cursor.execute("USE rollcall")
        for table, statement in asked.items():
            cursor.execute(f"SELECT ({statement}) <= UTC_TIMESTAMP(6)")
            assert cursor.fetchall() == ((1,),), table
        cursor.execute(left)
        assert cursor.fetchall() == (("absent", "left"),)
        cursor.execute(f"SELECT COUNT(*) FROM sight WHERE room_id = {others}")
        assert cursor.fetchall() == ((1,),), "another room's is its own"
