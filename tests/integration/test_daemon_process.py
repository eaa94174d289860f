"""The real parent with real children, real signals and a real database; only the camera and the faces are made up."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.classroom import Classroom
from tests.fixtures.made_up_camera import Parent, command_line
from tests.fixtures.patience import few, only_long
from tests.fixtures.waiting import wait_for


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


@pytest.fixture
def start(start_parent: Callable[..., Parent], classroom: Classroom) -> Callable[..., Parent]:
    return partial(start_parent, database_url=classroom.database_url)


def test_a_child_that_is_killed_comes_back(start: Callable[..., Parent], classroom: Classroom) -> None:
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    (child,) = parent.children()
    os.kill(child, signal.SIGKILL)

    (other,) = wait_for(lambda: [pid for pid in parent.children() if pid != child], "another child", 30)
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera to be watched", 30)

    assert other != child
    assert "signal SIGKILL" in parent.output()


@pytest.mark.parametrize("number", few([signal.SIGTERM, signal.SIGINT]))
def test_a_signal_to_all_processes_ends_them_within_five_seconds_and_keeps_the_last_seen_time(
    start: Callable[..., Parent], classroom: Classroom, number: signal.Signals
) -> None:
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    seen_at = classroom.marks()["S1001"].last_seen_at
    wait_for(lambda: (classroom.last_frame_at() or seen_at) > seen_at, "more frames", 30)
    children = parent.children()
    os.killpg(parent.process.pid, number)

    assert parent.process.wait(5) == 0, parent.output()
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "Traceback" not in parent.output()
    mark = classroom.marks()["S1001"]
    # Within the minute in which seen-times are not handed out: only the end told of it.
    assert mark.first_seen_at < mark.last_seen_at < mark.first_seen_at + timedelta(minutes=1)
    assert classroom.camera_states() == {"front": "stopped"}


@only_long
def test_a_parent_that_is_killed_takes_its_children_with_it_and_leaves_its_marks(
    start: Callable[..., Parent], classroom: Classroom, tmp_path: Path
) -> None:
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    children = parent.children()
    parent.process.kill()
    parent.process.wait()
    wait_for(lambda: not any(b"spawn_main" in command_line(child) for child in children), "the children's end", 10)
    first = classroom.marks()["S1001"]

    # The next one is not kept out by the lock of the dead one, and only widens the mark.
    again = start()
    wait_for(lambda: "student S1001" in again.log.read_text(), "the student to be seen again", 30)
    wait_for(lambda: classroom.marks()["S1001"].last_seen_at > first.last_seen_at, "the mark to be widened", 30)

    assert classroom.marks()["S1001"].first_seen_at == first.first_seen_at


@only_long
def test_a_power_cut_loses_less_than_a_minute_of_sight_and_no_mark(
    start: Callable[..., Parent], classroom: Classroom, tmp_path: Path
) -> None:
    """All processes are killed at once, while nothing reaches the database. A minute is three seconds here."""
    minute = timedelta(seconds=3)
    parent = start(report_seconds=minute.total_seconds())
    wait_for(lambda: spans(classroom, "sight"), "a minute of sight", 30)
    with classroom.transaction() as connection:
        # Whoever else writes must wait for the end of this transaction.
        connection.exec_driver_sql("UPDATE room SET name = name")
        (tmp_path / "S1002").touch()
        wait_for(lambda: "student S1002 was seen" in parent.output(), "somebody else to be seen", 30)
        time.sleep(minute.total_seconds())
        os.killpg(parent.process.pid, signal.SIGKILL)
        killed_at = datetime.now(UTC).replace(tzinfo=None)
        parent.process.wait()
    (tmp_path / "S1002").unlink()
    assert "S1002" not in classroom.marks()

    again = start(report_seconds=minute.total_seconds())
    wait_for(lambda: "S1002" in classroom.marks(), "the mark of who was seen last", 30)
    seen_until = wait_for(lambda: sight_before(classroom, killed_at), "the sight until then", 30)
    # A frame is a tenth of a second apart; the pulse tells of them twice a second.
    assert killed_at - seen_until < minute + timedelta(seconds=1)
    os.killpg(again.process.pid, signal.SIGTERM)
    assert again.process.wait(5) == 0, again.output()


def sight_before(classroom: Classroom, end: datetime) -> datetime | None:
    """When the newest span ends that begins before the instant, once all of it is delivered."""
    found = [span for span in spans(classroom, "sight") if datetime.fromisoformat(str(span["starts_at"])) < end]
    return max((datetime.fromisoformat(str(span["ends_at"])) for span in found), default=None)


@only_long
def test_a_signal_while_the_cameras_are_still_starting_ends_all_in_order(start: Callable[..., Parent]) -> None:
    parent = start()
    wait_for(lambda: "camera front starts" in parent.output(), "the start of the camera's process", 30)
    os.killpg(parent.process.pid, signal.SIGTERM)

    assert parent.process.wait(5) == 0, parent.output()
    assert "Traceback" not in parent.output()


@only_long
def test_a_file_that_ends_while_the_database_is_away_says_so_and_the_next_run_delivers(
    start: Callable[..., Parent], classroom: Classroom, tmp_path: Path
) -> None:
    """The schedule of the first run is on disk, so the second knows the lesson without the database."""
    first = start(frames=1)
    assert first.process.wait(60) == 0, first.log.read_text()
    with classroom.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM mark")
        connection.exec_driver_sql("DELETE FROM evidence")

    away = start(frames=2, database_url=f"sqlite:///{tmp_path / 'gone.sqlite3'}")
    assert away.process.wait(60) == 69, away.log.read_text()
    assert "waiting in the outbox: " in away.log.read_text()
    assert not classroom.marks()

    last = start(frames=1)
    assert last.process.wait(60) == 0, last.log.read_text()
    assert set(classroom.marks()) == {"S1001"}


@only_long
def test_when_the_camera_could_see_and_when_not_is_in_the_database_after_the_end(
    start: Callable[..., Parent], classroom: Classroom, tmp_path: Path
) -> None:
    """The camera turns dark for a while, and sees again until the end."""
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    frames_follow(classroom)
    (tmp_path / "dark").touch()
    wait_for(lambda: spans(classroom, "sight"), "the end of sight", 30)
    frames_follow(classroom)
    (tmp_path / "dark").unlink()
    wait_for(lambda: any(span["reason"] == "dark" for span in spans(classroom, "blind_span")), "the darkness", 30)
    frames_follow(classroom)
    os.killpg(parent.process.pid, signal.SIGTERM)
    assert parent.process.wait(5) == 0, parent.output()

    assert [(row["camera_name"], row["until"]) for row in classroom.rows("SELECT * FROM room_camera")] == [
        ("front", None)
    ]
    (first, second), blind = spans(classroom, "sight"), spans(classroom, "blind_span")
    dark = next(span for span in blind if span["reason"] == "dark")
    # Before the first picture there was none; each begins where the one before has ended.
    assert {span["reason"] for span in blind} <= {"no picture", "dark"}
    assert str(first["ends_at"]) == str(dark["starts_at"]) < str(dark["ends_at"]) == str(second["starts_at"])
    assert str(second["starts_at"]) < str(second["ends_at"])


def frames_follow(classroom: Classroom) -> None:
    """Wait until the camera has delivered more frames than by now."""
    before = wait_for(classroom.last_frame_at, "a frame", 30)
    wait_for(lambda: classroom.last_frame_at() != before, "more frames", 30)


def spans(classroom: Classroom, table: str) -> list[dict[str, Any]]:
    return classroom.rows(f"SELECT * FROM {table} ORDER BY starts_at")
