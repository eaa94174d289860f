"""Two recognizers of one room: the real parents with real children, whose camera and faces are made up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.environment import ROOT, product_environment
from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.made_up_camera import Parent
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.waiting import wait_for

WAITS = "is watched by another recognizer, on the machine"
WATCHES = "this recognizer watches room"


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


@pytest.fixture
def start(start_parent: Callable[..., Parent], classroom: Classroom, tmp_path: Path) -> Callable[..., Parent]:
    """Start one with a state folder of its own, as another machine has."""

    def run(name: str, **options: float) -> Parent:
        return start_parent(classroom.database_url, state=tmp_path / name, **options)

    return run


def test_the_second_waits_without_a_camera_and_takes_over_at_once_when_the_first_has_ended(
    start: Callable[..., Parent], classroom: Classroom
) -> None:
    first = start("first")
    wait_for(classroom.marks, "the mark", 30)
    second = start("second")
    wait_for(lambda: WAITS in second.output(), "the second to say that it waits", 30)
    time.sleep(2)
    assert not second.children()
    assert second.process.poll() is None, "it is no failure, which systemd would count"
    assert first.children()

    first.process.terminate()
    assert first.process.wait(5) == 0, first.output()
    wait_for(lambda: WATCHES in second.output(), "the second to take over", 10)
    wait_for(second.children, "its camera", 10)
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera to be watched", 30)
    second.process.terminate()
    assert second.process.wait(5) == 0, second.output()


@only_long
def test_who_waits_can_be_stopped_and_leaves_the_room_to_the_other(
    start: Callable[..., Parent], classroom: Classroom
) -> None:
    first = start("first")
    wait_for(classroom.marks, "the mark", 30)
    second = start("second")
    wait_for(lambda: WAITS in second.output(), "the second to say that it waits", 30)
    second.process.terminate()
    assert second.process.wait(5) == 0, second.output()
    assert classroom.camera_states() == {"front": "watching"}
    third = start("third")
    wait_for(lambda: WAITS in third.output(), "the first to have the room still", 30)
    assert first.children()


@only_long
def test_after_a_power_cut_the_second_takes_over_once_the_lease_has_expired(
    start: Callable[..., Parent], classroom: Classroom
) -> None:
    """A lease lasts seven seconds here: longer than between two renewals."""
    first = start("first", lease_seconds=7)
    wait_for(classroom.marks, "the mark", 30)
    second = start("second", lease_seconds=7)
    wait_for(lambda: WAITS in second.output(), "the second to say that it waits", 30)
    os.killpg(first.process.pid, signal.SIGKILL)
    killed_at = time.monotonic()
    wait_for(second.children, "the second to watch", 20)
    assert time.monotonic() - killed_at < 7 + 5 + 3

    # The first is put back, and finds the room taken.
    again = start("first", lease_seconds=7)
    wait_for(lambda: WAITS in again.output(), "the first to wait", 30)
    assert not again.children()


@only_long
def test_the_same_machine_that_is_started_again_after_a_power_cut_watches_at_once(
    start: Callable[..., Parent], classroom: Classroom
) -> None:
    first = start("first")
    wait_for(classroom.marks, "the mark", 30)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    again = start("first")
    wait_for(again.children, "its camera", 15)
    assert WAITS not in again.output()


@only_long
def test_two_that_watch_all_the_same_write_no_row_twice(
    start_parent: Callable[..., Parent],
    own_mariadb: MigratedMariaDB,
    classroom_in: Callable[[str], Classroom],
    tmp_path: Path,
) -> None:
    """Nobody can be asked whose the room is, as while the database is away."""
    classroom = classroom_in(own_mariadb.owner_url)

    def start(name: str) -> Parent:
        return start_parent(own_mariadb.recognizer_url, state=tmp_path / name, report_seconds=2)

    with classroom.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE room_lease RENAME TO room_lease_away")
    parents = [start("first"), start("second")]
    for parent in parents:
        wait_for(partial(has_seen, parent), "both to see the student", 30)
    wait_for(lambda: len(classroom.rows("SELECT id FROM sight")) >= 2, "the sight of both", 30)
    for parent in parents:
        parent.process.terminate()
        assert parent.process.wait(5) == 0, parent.output()

    assert set(classroom.marks()) == {"S1001"}
    rows = classroom.rows("SELECT session_id, student_id, camera_name, hour FROM evidence")
    assert len({tuple(row.values()) for row in rows}) == len(rows) <= 2, "another hour may have begun"
    assert len(classroom.rows("SELECT * FROM room_camera")) == 1
    assert len(classroom.rows("SELECT * FROM mark_change")) == 1


@only_long
def test_check_says_who_watches_the_room(start: Callable[..., Parent], classroom: Classroom, tmp_path: Path) -> None:
    def lease_line(state: str) -> str:
        configuration = tmp_path / "check.toml"
        configuration.write_text(
            f'room = "{ROOM}"\ndatabase_url = "{classroom.database_url}"\nstate_dir = "{tmp_path / state}"\n'
            f'[gallery]\npath = "{tmp_path}/none.pkl"\n'
        )
        command = [sys.executable, "-m", "recognizer", "--config", str(configuration), "check"]
        done = subprocess.run(
            command, cwd=ROOT, env=product_environment(), capture_output=True, text=True, timeout=60, check=False
        )
        return next(line for line in done.stdout.splitlines() if " lease: " in line)

    assert lease_line("first").endswith("no recognizer watches the room now: this one would")
    first = start("first")
    wait_for(classroom.marks, "the mark", 30)
    assert "this machine's recognizer watches the room since" in lease_line("first")
    waits = lease_line("second")
    assert waits.startswith("–")
    assert f'room "{ROOM}" {WAITS} {socket.gethostname()} since' in waits
    assert "this one would wait" in waits
    assert first.process.poll() is None


def has_seen(parent: Parent) -> bool:
    return "student S1001 was seen" in parent.output()


@only_long
def test_a_second_with_the_same_state_folder_is_refused_and_told_by_whom(
    start: Callable[..., Parent], classroom: Classroom, tmp_path: Path
) -> None:
    first = start("first")
    wait_for(classroom.marks, "the mark", 30)
    second = start("first")
    assert second.process.wait(30) == 75, second.output()
    assert f"another recognizer (process {first.process.pid}) uses {tmp_path / 'first'}" in second.output()
