"""What a classroom machine writes for its own room, and for no other: triggers know whose room each user is."""

from __future__ import annotations

from collections.abc import Callable

from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MigratedMariaDB
from tests.integration.forgeries.session import REFUSED_BY_TRIGGER, by_the_views, needs_triggers, session_without_checks
from tests.integration.forgeries.statements import A_CHANGE, A_MARK

BY_ITSELF = ("'decide', 'recognizer'", "'present', 'camera'")
BEFORE_ALL_OTHERS = (
    A_CHANGE.format("'decide', 'portal'", "'absent', 'closing'")
    .replace("mark_change (", "mark_change (id, ")
    .replace("SELECT ", "SELECT 0, ")
)

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
