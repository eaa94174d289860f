"""The register, the schedule, the board and the inspection on real databases, as the recognizer's own user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from recognizer.domain.register.attendance import MarkEntry
from recognizer.domain.register.status import CameraStatus
from recognizer.errors import ConfigurationError, MarkRefused, RegisterUnavailable
from recognizer.ops.clock import utc_now
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.inspection import DatabaseInspection
from recognizer.storage.database.register import SqlRegister, SqlStatusBoard
from recognizer.storage.database.schedule import SqlSchedule
from tests.fixtures.classroom import ROOM, ROSTER, Classroom

SEEN = datetime(2026, 10, 5, 9, 0, 0, 123456)  # noqa: DTZ001 - naive UTC
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """A database with a class session, seen by its owner and by the recognizer."""

    classroom: Classroom
    engine: Engine

    def entry(self, number: str = "S1001", minute: int = 0, status: str = "present") -> MarkEntry:
        at = SEEN + minute * MINUTE
        is_late = status == "late"
        return MarkEntry(self.classroom.session_id, number, "late" if is_late else "present", at, at, 0.25, "front")


@pytest.fixture(params=["sqlite", "mariadb"])
def place(request: pytest.FixtureRequest, classroom_in: Callable[[str], Classroom]) -> Iterator[Place]:
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("migrated_sqlite")
        owner_url = url = f"sqlite:///{path}"
    else:
        database = request.getfixturevalue("migrated_mariadb")
        owner_url, url = database.owner_url, database.recognizer_url
    engine = make_engine(url)
    yield Place(classroom_in(owner_url), engine)
    engine.dispose()


def test_a_mark_is_inserted_with_all_it_says(place: Place) -> None:
    SqlRegister(place.engine).record(place.entry())

    mark = place.classroom.marks()["S1001"]
    assert (mark.status, mark.source, mark.camera_name, mark.note) == ("present", "camera", "front", "")
    assert (mark.first_seen_at, mark.last_seen_at) == (SEEN, SEEN)
    assert mark.distance == pytest.approx(0.25)


def test_the_same_entry_twice_changes_nothing(place: Place) -> None:
    register = SqlRegister(place.engine)
    register.record(place.entry())
    before = place.classroom.rows("SELECT * FROM mark")

    register.record(place.entry())

    assert place.classroom.rows("SELECT * FROM mark") == before


def test_seen_times_only_widen(place: Place) -> None:
    register = SqlRegister(place.engine)
    register.record(place.entry(minute=5))
    register.record(replace(place.entry(minute=7), distance=0.4, camera_name="back"))
    register.record(place.entry(minute=6))

    mark = place.classroom.marks()["S1001"]
    assert (mark.first_seen_at, mark.last_seen_at) == (SEEN + 5 * MINUTE, SEEN + 7 * MINUTE)
    assert mark.distance == pytest.approx(0.25)
    assert mark.camera_name == "front"


def test_a_late_mark_becomes_present_when_an_earlier_sighting_arrives(place: Place) -> None:
    register = SqlRegister(place.engine)
    register.record(place.entry(minute=30, status="late"))
    register.record(place.entry(minute=2))

    mark = place.classroom.marks()["S1001"]
    assert (mark.status, mark.first_seen_at, mark.last_seen_at) == ("present", SEEN + 2 * MINUTE, SEEN + 30 * MINUTE)


def test_a_present_mark_never_becomes_late(place: Place) -> None:
    register = SqlRegister(place.engine)
    register.record(place.entry())
    register.record(place.entry(minute=30, status="late"))
    # As when the lecturer shortened the time for being late meanwhile.
    register.record(place.entry(minute=-1, status="late"))

    assert place.classroom.marks()["S1001"].status == "present"


def test_a_persons_mark_is_never_touched(place: Place) -> None:
    register = SqlRegister(place.engine)
    register.record(place.entry())
    with place.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE mark SET status = 'absent', source = 'lecturer', note = 'left', marked_by_id ="
            " (SELECT id FROM account)"
        )
    before = place.classroom.rows("SELECT * FROM mark")

    register.record(place.entry(minute=-5))
    register.record(place.entry(minute=30))

    assert place.classroom.rows("SELECT * FROM mark") == before


def test_what_the_database_will_never_take_is_refused(place: Place) -> None:
    register = SqlRegister(place.engine)

    with pytest.raises(MarkRefused, match="no student with the number S9"):
        register.record(place.entry("S9"))
    with pytest.raises(MarkRefused, match="class session 4711 is gone"):
        register.record(replace(place.entry(), session_id=4711))
    with pytest.raises(MarkRefused):
        register.record(replace(place.entry(), last_seen_at=SEEN - MINUTE))
    # A number in other letters is another student's, whatever the database's collation says.
    with pytest.raises(MarkRefused):
        register.record(place.entry("s1001"))
    assert place.classroom.marks() == {}


# SQLite has no lengths; there the configuration alone keeps to them.
@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_text_too_long_is_refused_and_never_cut(place: Place) -> None:
    with pytest.raises(MarkRefused):
        SqlRegister(place.engine).record(replace(place.entry(), camera_name="c" * 65))


def test_the_schedule_has_the_sessions_and_rosters_of_the_room(place: Place) -> None:
    (session,) = SqlSchedule(place.engine, ROOM).sessions(utc_now())

    assert (session.id, session.course_code) == (place.classroom.session_id, "DEMO 101")
    assert session.roster == frozenset(ROSTER)
    assert session.is_open(utc_now())
    assert session.late_after_minutes == 15
    assert SqlSchedule(place.engine, "elsewhere").sessions(utc_now()) == []


def test_cancelled_and_distant_sessions_and_students_who_left_are_not_in_it(place: Place) -> None:
    schedule = SqlSchedule(place.engine, ROOM)
    assert schedule.sessions(utc_now() + timedelta(days=2)) == []
    assert schedule.sessions(utc_now() - timedelta(days=8)) == []

    with place.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE student SET is_active = 0 WHERE number = 'S1001'")
    (session,) = schedule.sessions(utc_now())
    assert session.roster == frozenset(ROSTER) - {"S1001"}

    with place.classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE class_session SET is_cancelled = 1")
    assert schedule.sessions(utc_now()) == []


def test_the_board_has_one_row_a_camera_and_remembers_the_last_frame(place: Place) -> None:
    board = SqlStatusBoard(place.engine, ROOM)
    status = CameraStatus("front", "watching", SEEN, SEEN, "0.1.0", 2, 30)
    board.post([status, replace(status, camera_name="back", state="failing", last_frame_at=None)])
    board.post([replace(status, state="stopped", last_frame_at=None, outbox_depth=0)])

    rows = place.classroom.rows("SELECT camera_name, state, outbox_depth FROM camera_status ORDER BY camera_name")
    assert [tuple(row.values()) for row in rows] == [("back", "failing", 2), ("front", "stopped", 0)]
    assert place.classroom.last_frame_at() == SEEN


def test_a_room_that_is_gone_cannot_be_reported(place: Place) -> None:
    with pytest.raises(RegisterUnavailable, match='no room "elsewhere"'):
        SqlStatusBoard(place.engine, "elsewhere").post([])


def test_the_inspection_finds_nothing_amiss_and_leaves_nothing(place: Place) -> None:
    inspection = DatabaseInspection(place.engine)

    assert inspection.migrations() == ([], [])
    assert inspection.missing_rights() == []
    assert inspection.rooms() == [ROOM]
    assert place.classroom.marks() == {}
    assert place.classroom.camera_states() == {}
    theirs = inspection.now()
    assert theirs is None or abs(theirs - utc_now()) < timedelta(seconds=5)


def test_the_inspection_names_migrations_on_either_side(place: Place) -> None:
    with place.classroom.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE django_migrations SET name = '0099_later' WHERE name = '0001_initial' AND app = 'attendance'"
        )

    missing, unknown = DatabaseInspection(place.engine).migrations()
    assert "attendance.0001_initial" in missing
    assert unknown == ["attendance.0099_later"]


def test_a_user_without_rights_is_told_which_are_missing(request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue("migrated_mariadb")
    user = f"{database.name}_reader"
    database.server.execute(
        f"CREATE USER '{user}'@'%' IDENTIFIED BY 'reader'", f"GRANT SELECT ON {database.name}.* TO '{user}'@'%'"
    )
    engine = make_engine(database.server.url(user, "reader", database.name))

    missing = DatabaseInspection(engine).missing_rights()

    engine.dispose()
    assert [right.split(" (")[0] for right in missing] == [
        "INSERT on mark",
        "UPDATE on mark",
        "INSERT on camera_status",
        "UPDATE on camera_status",
    ]


def test_a_row_that_another_holds_is_tried_again_later(request: pytest.FixtureRequest, classroom_in: object) -> None:
    """Error 1205: the transaction is undone as a whole, and the same connection works again afterwards."""
    database = request.getfixturevalue("migrated_mariadb")
    assert callable(classroom_in)
    classroom: Classroom = classroom_in(database.owner_url)
    engine = make_engine(database.recognizer_url)
    place, register = Place(classroom, engine), SqlRegister(engine)
    register.record(place.entry())
    with classroom.transaction() as connection:
        connection.exec_driver_sql("UPDATE mark SET note = 'held'")
        with pytest.raises(RegisterUnavailable, match="Lock wait timeout"):
            register.record(place.entry(minute=3))

    register.record(place.entry(minute=3))

    engine.dispose()
    assert classroom.marks()["S1001"].last_seen_at == SEEN + 3 * MINUTE


def test_a_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(RegisterUnavailable, match="unable to open"):
        DatabaseInspection(make_engine(f"sqlite:///{tmp_path / 'none.sqlite3'}")).rooms()
    assert not list(tmp_path.iterdir())


def test_a_database_that_is_not_migrated_keeps_marks_waiting(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    with pytest.raises(RegisterUnavailable, match="no such table"):
        SqlRegister(engine).record(MarkEntry(1, "S1", "present", SEEN, SEEN, 0.3, "front"))
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
