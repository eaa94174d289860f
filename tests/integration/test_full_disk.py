"""A disk without room: the recognizer begins and marks as long as it has its database, and keeps what it can again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer.errors import ConfigurationError, OutboxUnavailable
from recognizer.storage.files.outbox import SqliteOutbox
from recognizer.storage.files.schedule_file import ScheduleFile
from recognizer.storage.files.state_folder import held_state_folder
from tests.fixtures.classroom import Classroom
from tests.fixtures.made_up_camera import Parent
from tests.fixtures.patience import only_long
from tests.fixtures.small_disk import SmallDisk
from tests.fixtures.waiting import wait_for

IN_MEMORY = "what is seen now is kept in memory only"
ON_DISK = "the outbox takes what is seen again"


@only_long
def test_a_room_is_marked_while_its_disk_is_full_from_the_start_and_fills_up_again(
    small_disk: SmallDisk,
    start_parent: Callable[..., Parent],
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    tmp_path: Path,
) -> None:
    classroom = classroom_in(f"sqlite:///{migrated_sqlite}")
    state = small_disk.path / "state"
    state.mkdir()
    small_disk.fill()
    parent = start_parent(classroom.database_url, state=state)
    wait_for(lambda: "S1001" in classroom.marks(), "the mark of who came first", 30)
    assert IN_MEMORY in parent.output()

    small_disk.make_room()
    with classroom.transaction() as connection:
        # Whoever else writes must wait for the end of this transaction: nothing is delivered out of memory.
        connection.exec_driver_sql("UPDATE room SET name = name")
        (tmp_path / "S1002").touch()
        wait_for(lambda: ON_DISK in parent.output(), "the outbox to be used", 30)
    wait_for(lambda: "S1002" in classroom.marks(), "the mark of who came second", 30)

    small_disk.fill()
    (tmp_path / "S1003").touch()
    wait_for(lambda: "S1003" in classroom.marks(), "the mark of who came third", 30)
    assert parent.output().count(IN_MEMORY) == 2
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera's state", 30)

    parent.process.terminate()
    assert parent.process.wait(10) == 0, parent.output()
    assert "Traceback" not in parent.output()


@only_long
def test_a_state_folder_without_room_is_held_all_the_same(small_disk: SmallDisk) -> None:
    small_disk.fill()
    with held_state_folder(small_disk.path) as folder:
        assert folder == small_disk.path
        with pytest.raises(OutboxUnavailable, match="make room there"):
            SqliteOutbox(folder / "outbox.sqlite3").depth()


@only_long
def test_what_cannot_be_written_leaves_nothing_behind_that_takes_room(small_disk: SmallDisk) -> None:
    small_disk.fill()
    before = set(small_disk.path.iterdir())
    with pytest.raises(OSError, match="No space left"):
        ScheduleFile(small_disk.path / "schedule.json", "A 101").save([])
    assert set(small_disk.path.iterdir()) == before


def test_a_state_folder_that_no_file_can_be_made_in_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ConfigurationError, match=r"cannot be used \(Not a directory\); expected a folder"),
        held_state_folder(tmp_path / "file" / "state"),
    ):
        pass
