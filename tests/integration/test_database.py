"""The schedule, the boards and the inspection on real databases, as the recognizer's own user."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recognizer.commands.database_check import DatabaseCheck, describe_session
from recognizer.commands.findings import Finding
from recognizer.config.configuration import Config
from recognizer.domain.register.attendance import Sighting
from recognizer.domain.register.evidence import Evidence
from recognizer.domain.register.observation import BlindSpan, SightSpan
from recognizer.domain.register.status import CameraStatus
from recognizer.errors import ConfigurationError, MarkRefused, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.enrolled import SqlEnrolledBoard
from recognizer.storage.database.inspection import DatabaseInspection
from recognizer.storage.database.register import SqlRegister
from recognizer.storage.database.schedule import SqlRosterRecords, SqlSchedule
from recognizer.storage.database.sight import SqlSightBoard
from recognizer.storage.database.status_board import SqlStatusBoard
from tests.fixtures.classroom import ROOM, ROSTER
from tests.fixtures.mariadb import WITH_TRIGGERS
from tests.fixtures.place import MINUTE, SEEN, Place


def test_the_schedule_has_the_sessions_and_rosters_of_the_room(place: Place) -> None:
    (session,) = SqlSchedule(place.engine, ROOM).sessions(SEEN)

    assert (session.id, session.course_code) == (place.classroom.session_id, "DEMO 101")
    assert session.roster == frozenset(ROSTER)
    assert session.is_open(SEEN)
    assert session.late_after_minutes == 15
    assert SqlSchedule(place.engine, "elsewhere").sessions(SEEN) == []


def test_cancelled_and_distant_sessions_and_students_who_left_are_not_in_it(place: Place) -> None:
    schedule = SqlSchedule(place.engine, ROOM)
    assert schedule.sessions(SEEN + timedelta(days=2)) == []
    assert schedule.sessions(SEEN - timedelta(days=8)) == []

    with place.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE student SET is_active = 0 WHERE number = 'S1001'")
    (session,) = schedule.sessions(SEEN)
    assert session.roster == frozenset(ROSTER) - {"S1001"}

    with place.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE class_session SET is_cancelled = 1")
    assert schedule.sessions(SEEN) == []


def test_expected_in_the_room_is_who_was_on_the_roster_of_a_lesson_on_its_day(place: Place) -> None:
    records = SqlRosterRecords(place.engine, ROOM)
    assert records.expected(SEEN) == frozenset(ROSTER)
    assert records.expected(SEEN + timedelta(days=1)) == frozenset()
    assert SqlRosterRecords(place.engine, "elsewhere").expected(SEEN) == frozenset()

    with place.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE student SET is_active = 0 WHERE number = 'S1001'")
        connection.exec_driver_sql(
            "UPDATE roster_entry SET until = '2000-01-01'"
            " WHERE student_id = (SELECT id FROM student WHERE number = 'S1002')"
        )
    assert records.expected(SEEN) == frozenset(ROSTER) - {"S1001", "S1002"}
    with place.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE class_session SET is_cancelled = 1")
    assert records.expected(SEEN) == frozenset()


def test_a_person_with_two_numbers_is_expected_by_both_and_has_the_references_of_both(place: Place) -> None:
    with place.classroom.transaction() as connection:
        new = place.classroom.student_id("S1002")
        connection.exec_driver_sql(f"UPDATE student SET merged_into_id = {new} WHERE number = 'S1001'")
        connection.exec_driver_sql(f"DELETE FROM roster_entry WHERE student_id = {new}")
    assert SqlRosterRecords(place.engine, ROOM).expected(SEEN) == frozenset(ROSTER)
    (session,) = SqlSchedule(place.engine, ROOM).sessions(SEEN)
    assert session.student_ids["S1001"] == session.student_ids["S1002"] == new
    assert enrol(place, {"S1001": 3, "s1002": 1}, SEEN) == 1
    assert enrolled_in(place) == [("S1002", 4, "00", "")]


def test_the_board_has_one_row_a_camera_and_remembers_the_last_frame(place: Place) -> None:
    board = SqlStatusBoard(place.engine, ROOM)
    status = CameraStatus("front", "watching", SEEN, SEEN, "0.1.0", 2, 30)
    board.post([status, replace(status, camera_name="back", state="failing", last_frame_at=None)])
    board.post([replace(status, state="stopped", last_frame_at=None, outbox_depth=0)])

    rows = place.classroom.rows("SELECT camera_name, state, outbox_depth FROM camera_status ORDER BY camera_name")
    assert [tuple(row.values()) for row in rows] == [("back", "failing", 2), ("front", "stopped", 0)]
    assert place.classroom.last_frame_at() == SEEN


def test_the_board_shows_since_when_a_camera_fails_why_and_how_well_it_looked(place: Place) -> None:
    plain = CameraStatus("front", "watching", SEEN, SEEN, "0.1.0", 2, 30)
    reason = "é" * 200
    full = replace(
        plain, state_since=SEEN, looks_per_second=2.5, faces=31, gallery_version="0123456789abcdef", last_error=reason
    )
    told = "SELECT state_since, looks_per_second, faces, gallery_version, last_error FROM camera_status"
    board = SqlStatusBoard(place.engine, ROOM)
    board.post([full])
    (row,) = place.classroom.rows(told)
    assert tuple(row.values())[1:] == (2.5, 31, "0123456789abcdef", reason)
    assert row["state_since"] is not None

    board.post([plain])
    assert [tuple(row.values()) for row in place.classroom.rows(told)] == [(None,) * 5]


def test_a_room_that_is_gone_cannot_be_reported(place: Place) -> None:
    with pytest.raises(RegisterUnavailable, match='no room "elsewhere"'):
        SqlStatusBoard(place.engine, "elsewhere").post([])


def test_the_inspection_finds_nothing_amiss_and_leaves_nothing(place: Place) -> None:
    inspection = DatabaseInspection(place.engine)

    assert inspection.missing_columns() == []
    assert inspection.missing_rights() == []
    assert inspection.has_triggers() is (None if place.engine.dialect.name == "sqlite" else WITH_TRIGGERS)
    assert inspection.rooms() == [ROOM]
    assert place.classroom.marks() == {}
    assert place.classroom.camera_states() == {}
    theirs = inspection.now()
    assert theirs is None or abs(theirs - utc_now()) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Australia/Sydney", "2026-10-05 20:00 Australia/Sydney"),  # The day after its clocks were put forward.
        ("America/Lima", "2026-10-05 04:00 America/Lima"),
        ("Mars/Olympus", "2026-10-05 09:00 UTC"),
    ],
)
def test_the_next_class_session_is_told_at_the_rooms_own_time(place: Place, zone: str, said: str) -> None:
    place.change("UPDATE room SET time_zone = :zone", zone=zone)
    inspection = DatabaseInspection(place.engine)

    before = SEEN - timedelta(days=30)
    told = describe_session(inspection.next_session(ROOM, before), before)
    assert told.startswith("its next class session is ")
    assert told.endswith(f", {said}")
    running = SEEN + timedelta(minutes=59)
    told = describe_session(inspection.next_session(ROOM, running), running)
    assert told.startswith("the class session under way is ")
    assert inspection.next_session(ROOM, SEEN + timedelta(hours=1)) is None
    assert inspection.next_session("elsewhere", SEEN) is None
    place.change("UPDATE class_session SET is_cancelled = :yes", yes=True)
    assert describe_session(inspection.next_session(ROOM, SEEN), SEEN) == "it has no class session to come"


def test_the_inspection_names_what_is_missing_and_minds_no_more(own_place: Place) -> None:
    """This release runs on the schema of the next: columns and tables that it does not know are no fault."""
    for statement in (
        "ALTER TABLE course ADD COLUMN mood varchar(9)",
        "CREATE TABLE weather (id integer)",
        "ALTER TABLE camera_status DROP COLUMN refused_marks",
        "DROP TABLE blind_span",
    ):
        own_place.change(statement)

    assert DatabaseInspection(own_place.engine).missing_columns() == ["blind_span", "camera_status.refused_marks"]


def test_a_database_without_the_portals_tables_is_told_once(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite3").close()
    address = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    engine = make_engine(address)
    check = DatabaseCheck(Config(database_url=address), DatabaseInspection(engine))

    with pytest.raises(Finding, match=r"has no table of the portal's.*run `rollcall-manage setup`"):
        check()

    engine.dispose()
    assert (check.is_reachable, check.is_the_portals) == (True, False), "nothing else is asked of it"


def test_a_user_without_rights_is_told_which_are_missing(request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue("migrated_mariadb")
    user = f"{database.name}_reader"
    database.server.execute(
        f"CREATE USER '{user}'@'%' IDENTIFIED BY 'reader'", f"GRANT SELECT ON {database.name}.* TO '{user}'@'%'"
    )
    engine = make_engine(database.server.url(user, "reader", database.name))

    missing = DatabaseInspection(engine).missing_rights()

    engine.dispose()
    written = ("camera_mark", "mark_change", "evidence", "sight", "blind_span", "enrolled", "room_camera")
    written += ("camera_status", "room_lease", "outbox_fault", "near_miss")
    expected = {f"INSERT on {table}" for table in written}
    expected |= {f"UPDATE on {table}" for table in written if table != "mark_change"}
    assert {right.split(" (")[0] for right in missing} == expected


def test_a_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(RegisterUnavailable, match="unable to open"):
        DatabaseInspection(make_engine(f"sqlite:///{tmp_path / 'none.sqlite3'}")).rooms()
    assert not list(tmp_path.iterdir())


def test_a_database_that_is_not_migrated_keeps_marks_waiting(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    with pytest.raises(RegisterUnavailable, match="no such table"):
        SqlRegister(engine, ROOM).record(Evidence.of(Sighting("S1", SEEN, "front", 0.3, None, None, 3, 1), 1))
    engine.dispose()


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    engine = make_engine("mysql+pymysql://rollcall:hunter2@127.0.0.1:1/rollcall")

    with pytest.raises(RegisterUnavailable) as raised:
        DatabaseInspection(engine).rooms()
    assert "hunter2" not in str(raised.value)


def test_a_url_that_cannot_be_read_is_a_configuration_error_without_the_password() -> None:
    with pytest.raises(ConfigurationError, match="database_url") as raised:
        make_engine("mysql+pymysql://rollcall:hunter2@db:port/rollcall")
    assert "hunter2" not in str(raised.value)


def spans_in(place: Place, table: str) -> list[tuple[str, str, str]]:
    rows = place.classroom.rows(f"SELECT camera_name, starts_at, ends_at FROM {table} ORDER BY camera_name, starts_at")
    return [(row["camera_name"], str(row["starts_at"])[11:16], str(row["ends_at"])[11:16]) for row in rows]


def test_spans_are_written_beside_each_other_and_only_grow(place: Place) -> None:
    board = SqlSightBoard(place.engine, ROOM)
    at = [SEEN + minutes * MINUTE for minutes in range(9)]
    board.record(SightSpan("front", at[0], at[1]))
    board.record(BlindSpan("front", at[2], at[3], "dark"))
    board.record(SightSpan("front", at[0], at[2]))
    board.record(SightSpan("back", at[0], at[1]))
    board.record(SightSpan("front", at[0], at[1]))
    board.record(SightSpan("front", at[3], at[4]))

    assert spans_in(place, "sight") == [
        ("back", "09:00", "09:01"),
        ("front", "09:00", "09:02"),
        ("front", "09:03", "09:04"),
    ]
    assert spans_in(place, "blind_span") == [("front", "09:02", "09:03")]
    (row,) = place.classroom.rows("SELECT reason, recorded_at FROM blind_span")
    assert row["reason"] == "dark"
    assert abs(datetime.fromisoformat(str(row["recorded_at"])) - utc_now()) < timedelta(minutes=1)


def test_a_span_written_again_changes_nothing(place: Place) -> None:
    board, span = SqlSightBoard(place.engine, ROOM), SightSpan("front", SEEN, SEEN + MINUTE)
    board.record(span)
    before = place.classroom.rows("SELECT * FROM sight")
    board.record(span)

    assert place.classroom.rows("SELECT * FROM sight") == before


def test_a_span_that_ends_before_it_begins_is_refused(place: Place) -> None:
    with pytest.raises(MarkRefused):
        SqlSightBoard(place.engine, ROOM).record(SightSpan("front", SEEN, SEEN - MINUTE))


def enrolled_in(place: Place) -> list[tuple[str, int, str, str]]:
    """Number, references, and the minutes of the hour since and until when."""
    rows = place.classroom.rows(
        "SELECT number, reference_count, enrolled_at, removed_at FROM enrolled"
        " JOIN student ON student.id = student_id ORDER BY number, enrolled_at"
    )
    return [
        (row["number"], row["reference_count"], str(row["enrolled_at"])[14:16], str(row["removed_at"] or "")[14:16])
        for row in rows
    ]


def enrol(place: Place, references: dict[str, int], changed_at: datetime, now: datetime = SEEN + 59 * MINUTE) -> int:
    """Write all in which a gallery differs from what is written of it; how much that was."""
    board = SqlEnrolledBoard(place.engine, ROOM, lambda: now)
    differences = board.differences(references)
    for each in differences:
        board.record(each, changed_at)
    return len(differences)


def test_who_is_on_the_rooms_rosters_and_in_its_gallery_is_written_with_days(place: Place) -> None:
    # S9 is on no roster, S1003 is not in the gallery; s1002 is S1002.
    assert enrol(place, {"S1001": 3, "s1002": 1, "S1002": 1, "S9": 5}, SEEN) == 2
    assert enrol(place, {"S1001": 3, "S1002": 2, "S9": 5}, SEEN + MINUTE) == 0
    assert enrolled_in(place) == [("S1001", 3, "00", ""), ("S1002", 2, "00", "")]

    assert enrol(place, {"S1001": 4, "S1003": 1}, SEEN + 5 * MINUTE) == 3
    assert enrolled_in(place) == [("S1001", 4, "00", ""), ("S1002", 2, "00", "05"), ("S1003", 1, "05", "")]


def test_who_is_enrolled_again_has_two_rows(place: Place) -> None:
    enrol(place, {"S1001": 3}, SEEN)
    enrol(place, {}, SEEN + 5 * MINUTE)
    # From a backup that is older than the removal.
    enrol(place, {"S1001": 2}, SEEN + 2 * MINUTE)

    assert enrolled_in(place) == [("S1001", 3, "00", "05"), ("S1001", 2, "05", "")]


def test_who_left_every_roster_is_still_removed_when_the_gallery_forgets_them(place: Place) -> None:
    enrol(place, {"S1001": 3}, SEEN)
    place.change("DELETE FROM roster_entry")
    enrol(place, {}, SEEN + 5 * MINUTE)

    assert enrolled_in(place) == [("S1001", 3, "00", "05")]


def test_a_gallery_file_from_the_future_counts_from_now(place: Place) -> None:
    enrol(place, {"S1001": 3}, SEEN + 30 * MINUTE, now=SEEN)

    assert enrolled_in(place) == [("S1001", 3, "00", "")]


def test_a_student_is_on_the_rosters_of_the_days_of_the_membership_alone(place: Place) -> None:
    for number, day in (("S1001", "until = '2026-10-04'"), ("S1002", "since = '2026-10-06'")):
        student = place.classroom.student_id(number)
        place.change(f"UPDATE roster_entry SET {day} WHERE student_id = :student", student=student)
    (session,) = SqlSchedule(place.engine, ROOM).sessions(SEEN)

    assert session.roster == {"S1003"}
    assert session.student_ids == {"S1003": place.classroom.student_id("S1003")}


def test_the_board_shows_refused_marks_and_the_clocks_offset(place: Place) -> None:
    board = SqlStatusBoard(place.engine, ROOM)
    board.post([CameraStatus("front", "watching", SEEN, SEEN, "0.1.0", 0, 3, 4, -1.5)])

    (row,) = place.classroom.rows("SELECT refused_marks, clock_offset_seconds FROM camera_status")
    assert tuple(row.values()) == (4, -1.5)
    theirs = board.now()
    assert theirs is None or abs(theirs - utc_now()) < timedelta(seconds=5)
