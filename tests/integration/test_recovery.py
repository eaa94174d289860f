"""What happens when a camera, the database or the recognizer itself goes away in the middle of a lesson."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recognizer.domain.register.observation import LONGEST_GAP
from tests.fixtures.classroom import Classroom
from tests.fixtures.mariadb import MariaDB, MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.rtsp import RtspCamera
from tests.fixtures.waiting import wait_for

PASSWORD = "hunter2hunter2"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


@pytest.fixture
def server(migrated_mariadb: MigratedMariaDB) -> Iterator[MariaDB]:
    """The server, put right again whatever the test did to it."""
    yield migrated_mariadb.server
    if migrated_mariadb.server.process is None:
        migrated_mariadb.server.start()
    else:
        migrated_mariadb.server.thaw()


@only_long
def test_a_camera_that_was_unplugged_is_watched_again(
    classroom: Classroom,
    demo_clip: Path,
    rtsp_server: Callable[..., RtspCamera],
    run_recognizer: Callable[..., Recognizer],
) -> None:
    """Collins comes first in the clip, Hopper after her; each viewer gets the clip from its beginning."""
    camera = rtsp_server(demo_clip, user="viewer", password=PASSWORD)
    recognizer = run_recognizer(classroom.database_url, camera, play="live")
    wait_for(lambda: "S1002" in classroom.marks(), "Collins's mark", 60)

    camera.unplug()
    wait_for(lambda: classroom.camera_states() == {"front": "failing"}, "the failure to be told", 30)
    check = run_recognizer(classroom.database_url, camera, play="live", command="check")
    assert check.finish(60) != 0
    assert "camera front" in check.output()
    unplugged_at = _now()
    # A shorter silence is no gap.
    time.sleep(LONGEST_GAP.total_seconds() + 1)
    camera.plug_in()

    wait_for(lambda: "S1001" in classroom.marks(), "Hopper's mark", 90)
    assert classroom.camera_states() == {"front": "watching"}
    sight = classroom.rows("SELECT * FROM sight ORDER BY starts_at")
    lost = classroom.rows("SELECT * FROM blind_span WHERE reason = 'no picture' ORDER BY starts_at DESC")[0]
    assert sight[0]["ends_at"] == lost["starts_at"] < str(unplugged_at) < lost["ends_at"], "it was without a picture"
    assert (classroom.last_frame_at() or unplugged_at) > unplugged_at
    assert recognizer.is_running()
    # Complaints about a camera are where its password would slip out.
    assert "front" in recognizer.output()
    assert PASSWORD not in recognizer.output() + check.output()


@only_long
def test_what_was_seen_while_the_database_was_dead_is_in_the_register_afterwards(
    server: MariaDB,
    migrated_mariadb: MigratedMariaDB,
    classroom_in: Callable[[str], Classroom],
    demo_clip: Path,
    run_recognizer: Callable[..., Recognizer],
) -> None:
    classroom = classroom_in(migrated_mariadb.owner_url)
    recognizer = run_recognizer(migrated_mariadb.recognizer_url, demo_clip, play="loop")
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera", 30)
    assert not classroom.marks()

    server.kill()
    wait_for(lambda: recognizer.waiting_students() == 2, "both students in the outbox", 60)
    assert recognizer.is_running()
    back_at = _now()
    server.start()

    wait_for(lambda: len(classroom.marks()) == 2, "both marks", 60)
    marks = classroom.marks()
    assert set(marks) == {"S1001", "S1002"}
    assert all(mark.first_seen_at < back_at for mark in marks.values())


@only_long
def test_a_frozen_database_neither_delays_the_stop_nor_loses_a_mark(
    server: MariaDB,
    migrated_mariadb: MigratedMariaDB,
    classroom_in: Callable[[str], Classroom],
    demo_clip: Path,
    run_recognizer: Callable[..., Recognizer],
) -> None:
    """A frozen server keeps its connections open and answers nothing: the worst that a network does."""
    classroom = classroom_in(migrated_mariadb.owner_url)
    recognizer = run_recognizer(migrated_mariadb.recognizer_url, demo_clip, play="loop")
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera", 30)

    server.freeze()
    wait_for(lambda: recognizer.waiting_students() == 1, "a mark in the outbox", 60)
    assert recognizer.stop(seconds=5) == 0, recognizer.output()
    stopped_at = _now()
    server.thaw()

    run_recognizer(migrated_mariadb.recognizer_url, demo_clip, play="loop")
    mark = wait_for(lambda: classroom.marks().get("S1002"), "Collins's mark", 30)
    assert mark.first_seen_at < stopped_at


@only_long
def test_a_killed_recognizer_leaves_no_child_and_loses_no_mark(
    classroom: Classroom, demo_clip: Path, run_recognizer: Callable[..., Recognizer]
) -> None:
    recognizer = run_recognizer(classroom.database_url, demo_clip, play="loop")
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera", 30)
    assert len(recognizer.processes()) > 1

    with classroom.transaction() as connection:
        # Whoever else writes must wait for the end of this transaction.
        connection.exec_driver_sql("UPDATE room SET name = name")
        wait_for(lambda: recognizer.waiting_students() == 1, "a mark in the outbox", 60)
        os.kill(recognizer.process.pid, signal.SIGKILL)
        wait_for(lambda: not recognizer.processes(), "the children to end", 10)
        killed_at = _now()

    run_recognizer(classroom.database_url, demo_clip, play="loop")
    mark = wait_for(lambda: classroom.marks().get("S1002"), "Collins's mark", 30)
    assert mark.first_seen_at < killed_at
