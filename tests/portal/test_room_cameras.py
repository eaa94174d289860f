"""Which cameras belong to a room is written down: a machine that is off makes nobody absent. On MariaDB."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F
from sqlalchemy import Engine, event, func, insert

from portal.attendance.models import Mark, Room, RoomCamera
from portal.attendance.services.closing import close_due, close_session
from portal.attendance.services.room_cameras import end_camera
from recognizer.delivery.room_cameras import RoomCamerasErrand
from recognizer.domain.ports.delivery import RoomCamera as RecognizersCamera
from recognizer.errors import RegisterUnavailable
from recognizer.storage.database.connection import make_engine
from recognizer.storage.database.room_cameras import SqlRoomCameraBoard
from recognizer.storage.database.tables import room_camera
from recognizer.storage.files.cameras_file import RoomCamerasFile
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.portal_database import RoomsRecognizer, recognizer_of
from tests.portal.school import NINE, School, found_school

MINUTE = timedelta(minutes=1)
LONG_BEFORE = NINE - timedelta(days=30)


@pytest.fixture
def school(portal_on_mariadb: MigratedMariaDB) -> School:
    return found_school()


@pytest.fixture
def recognizer(portal_on_mariadb: MigratedMariaDB, school: School) -> RoomsRecognizer:
    return recognizer_of(portal_on_mariadb, school.room)


@pytest.fixture
def engine(portal_on_mariadb: MigratedMariaDB) -> Engine:
    """As the recognizer's shipped user."""
    return make_engine(portal_on_mariadb.recognizer_url)


def machine(engine: Engine, state: Path, *cameras: str, room: str = "Lecture Theatre 1") -> RoomCamerasErrand:
    """A start of a classroom machine with these cameras in its configuration."""
    board, memory = SqlRoomCameraBoard(engine), RoomCamerasFile(state)
    return RoomCamerasErrand(board, memory, [RecognizersCamera(room, camera) for camera in cameras])


def cameras() -> list[str]:
    """Those that belong to a room, and in brackets those that did."""
    rows = RoomCamera.objects.order_by("pk")
    return [row.camera_name if row.until is None else f"({row.camera_name})" for row in rows]


@pytest.fixture
def two_machines(portal_on_mariadb: MigratedMariaDB, school: School, engine: Engine, tmp_path: Path) -> None:
    """Each with one camera of the room, since long before the class session."""
    machine(engine, tmp_path / "front.json", "front").once()
    machine(engine, tmp_path / "back.json", "back").once()
    portal_on_mariadb.server.execute(
        f"UPDATE {portal_on_mariadb.name}.room_camera SET since = '{LONG_BEFORE:%Y-%m-%d}', recorded_at = since"
    )


def watch(recognizer: RoomsRecognizer, school: School, *cameras: str) -> None:
    """These cameras saw all of it, and everybody is enrolled."""
    for camera in cameras:
        recognizer.sight(NINE - 30 * MINUTE, NINE + 120 * MINUTE, camera=camera)
    for student in school.students:
        recognizer.enrol(student, LONG_BEFORE)


def statuses() -> set[str]:
    return set(Mark.objects.values_list("status", flat=True))


def test_with_one_of_two_machines_off_nobody_is_absent(
    school: School, recognizer: RoomsRecognizer, two_machines: None
) -> None:
    watch(recognizer, school, "front")
    close_session(school.session)
    assert statuses() == {"unseen"}
    assert set(Mark.objects.values_list("because", flat=True)) == {"blind"}


def test_with_both_machines_on_who_was_not_seen_is_absent(
    school: School, recognizer: RoomsRecognizer, two_machines: None
) -> None:
    watch(recognizer, school, "front", "back")
    close_session(school.session)
    assert statuses() == {"absent"}


def test_where_each_camera_sees_all_one_machine_is_enough(
    school: School, recognizer: RoomsRecognizer, two_machines: None
) -> None:
    Room.objects.update(each_camera_sees_all=True)
    watch(recognizer, school, "front")
    close_session(school.session)
    assert statuses() == {"absent"}


def test_a_camera_that_a_person_ends_counts_no_longer_and_the_register_is_decided_anew(
    school: School, recognizer: RoomsRecognizer, two_machines: None
) -> None:
    watch(recognizer, school, "front")
    close_session(school.session)
    back = RoomCamera.objects.get(camera_name="back")
    assert end_camera(back, NINE - 60 * MINUTE) == 1
    assert close_due() == (1, 0)
    assert statuses() == {"absent"}
    assert close_due() == (0, 0)
    assert end_camera(back, None) == 1
    assert close_due() == (1, 0)
    assert statuses() == {"unseen"}


def test_a_camera_that_was_taken_away_in_the_middle_counts_until_then(
    school: School, recognizer: RoomsRecognizer, two_machines: None
) -> None:
    """Nine minutes without it leave the 80 % that the course asks for, eleven do not."""
    watch(recognizer, school, "front")
    end_camera(RoomCamera.objects.get(camera_name="back"), NINE + 9 * MINUTE)
    close_session(school.session)
    assert statuses() == {"absent"}
    end_camera(RoomCamera.objects.get(camera_name="back"), NINE + 11 * MINUTE)
    close_due()
    assert statuses() == {"unseen"}


def test_a_start_without_a_camera_ends_it_and_leaves_the_other_machines_alone(
    school: School, engine: Engine, tmp_path: Path
) -> None:
    machine(engine, tmp_path / "front.json", "front", "side").once()
    machine(engine, tmp_path / "back.json", "back").once()
    assert machine(engine, tmp_path / "front.json", "front").once() == 1
    assert cameras() == ["front", "(side)", "back"]
    assert machine(engine, tmp_path / "front.json", "front").once() == 0
    assert machine(engine, tmp_path / "front.json", "front", "side").once() == 1
    assert cameras() == ["front", "(side)", "back", "side"]


def test_a_machine_that_was_replaced_leaves_its_cameras_to_a_person(
    school: School, engine: Engine, tmp_path: Path
) -> None:
    machine(engine, tmp_path / "old.json", "old front").once()
    machine(engine, tmp_path / "new.json", "front").once()
    assert cameras() == ["old front", "front"]


def test_a_camera_that_a_person_ended_by_mistake_is_added_again(school: School, engine: Engine, tmp_path: Path) -> None:
    machine(engine, tmp_path / "front.json", "front").once()
    RoomCamera.objects.update(until=F("since"))
    machine(engine, tmp_path / "front.json", "front").once()
    assert cameras() == ["(front)", "front"]


def test_a_machine_that_moves_to_another_room_takes_its_cameras_along(
    school: School, engine: Engine, tmp_path: Path
) -> None:
    Room.objects.create(name="Lab 2")
    machine(engine, tmp_path / "state.json", "front").once()
    machine(engine, tmp_path / "state.json", "front", room="Lab 2").once()
    assert [(row.room.name, row.until is None) for row in RoomCamera.objects.order_by("pk")] == [
        ("Lecture Theatre 1", False),
        ("Lab 2", True),
    ]


def test_a_room_that_was_renamed_keeps_its_cameras(school: School, engine: Engine, tmp_path: Path) -> None:
    machine(engine, tmp_path / "state.json", "front").once()
    Room.objects.update(name="Theatre One")
    with pytest.raises(RegisterUnavailable, match="knows no room"):
        machine(engine, tmp_path / "state.json", "front", "side").once()
    assert machine(engine, tmp_path / "state.json", "front", room="Theatre One").once() == 0
    assert cameras() == ["front"]


def test_letters_of_the_other_case_are_another_camera(school: School, engine: Engine, tmp_path: Path) -> None:
    machine(engine, tmp_path / "state.json", "Front").once()
    machine(engine, tmp_path / "state.json", "front").once()
    assert cameras() == ["(Front)", "front"]


def test_two_machines_that_start_at_once_add_each_its_own(school: School, engine: Engine, tmp_path: Path) -> None:
    errands = [machine(engine, tmp_path / f"{number}.json", f"camera {number}") for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(RoomCamerasErrand.once, errands)) == [1, 1]
    assert sorted(cameras()) == ["camera 0", "camera 1"]


def test_of_two_machines_that_add_the_same_camera_at_once_one_adds_it_and_both_go_on(
    school: School, portal_on_mariadb: MigratedMariaDB, tmp_path: Path
) -> None:
    """Each reads before the other has written, as two do that start while nobody can be asked for the lease."""
    line = threading.Barrier(2)

    def start(number: int) -> int:
        engine = make_engine(portal_on_mariadb.recognizer_url)

        @event.listens_for(engine, "before_cursor_execute")
        def wait_for_the_other(_: object, __: object, statement: str, *___: object) -> None:
            if statement.startswith("INSERT") and not line.broken:
                with suppress(threading.BrokenBarrierError):
                    line.wait(1)

        changed = machine(engine, tmp_path / f"{number}.json", "front", "Front", "side").once()
        engine.dispose()
        return changed

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(start, range(2))) == 3
    assert sorted(cameras()) == ["Front", "front", "side"]


def test_a_row_that_is_written_and_not_yet_committed_is_waited_for(
    school: School, engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as other, ThreadPoolExecutor(1) as pool:
        now = func.utc_timestamp(6)
        values = {"room_id": school.room.pk, "camera_name": "front", "since": now, "recorded_at": now}
        other.execute(insert(room_camera).values(values))
        added = pool.submit(machine(engine, tmp_path / "state.json", "front").once)
        with pytest.raises(TimeoutError):
            added.result(0.5)
        other.commit()
        assert added.result(10) == 0
    assert cameras() == ["front"]


def test_a_camera_that_came_back_is_not_said_to_have_been_there_all_the_time(
    school: School, engine: Engine, tmp_path: Path
) -> None:
    machine(engine, tmp_path / "front.json", "front").once()
    ended = RoomCamera.objects.get()
    end_camera(ended, ended.since)
    end_camera(ended, None)
    end_camera(ended, ended.since)
    machine(engine, tmp_path / "front.json", "front").once()
    with pytest.raises(ValidationError, match="came back later"):
        end_camera(ended, None)
    assert cameras() == ["(front)", "front"]
