"""The real parent with real children, real signals and a real database; only the camera and the faces are made up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from recognizer.bootstrap import daemon
from recognizer.camera.process import watch
from recognizer.cli import main
from recognizer.config.configuration import CameraConfig, Config
from recognizer.domain.following.detection import Frame
from recognizer.domain.register.attendance import Sighting
from tests.environment import ROOT, product_environment
from tests.fakes import FakeCamera, FakeWatcher
from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.waiting import wait_for

ENDLESS = 10**9


def watch_fake(connection: Connection[Any, Any], config: Config, camera: CameraConfig) -> None:
    """What runs in a child: S1001 is there in every frame; the source says how many frames there are."""

    def step(frame: Frame) -> list[Sighting]:
        return [Sighting("S1001", frame.captured_at, camera.name, 0.3, None, None, 3, 1)]

    watcher = FakeWatcher(step)
    dark = Path(str(camera.source)).with_name("dark")
    watcher.blind_because = lambda _: "dark" if dark.exists() else ""  # type: ignore[method-assign]
    frames = int(Path(str(camera.source)).stem)
    watch(connection, lambda: (watcher, FakeCamera(frames)))


def run_with_fake_camera() -> int:
    """``recognizer run`` but for what its children do; the configuration is the program's one argument."""
    daemon.watch_camera = watch_fake
    # What the tests' own environment says, set when this module was imported, is not for a program of its own.
    del os.environ["ROLLCALL_DATABASE_URL"]
    return main(["--config", sys.argv[1], "run"])


@dataclass(frozen=True)
class Parent:
    process: subprocess.Popen[bytes]
    log: Path

    def children(self) -> list[int]:
        """Camera processes, not the helper that multiprocessing keeps for itself."""
        pid = self.process.pid
        try:
            found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except FileNotFoundError:
            return []
        return [int(child) for child in found if b"spawn_main" in _command_line(int(child))]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def classroom(migrated_sqlite: Path, classroom_in: Callable[[str], Classroom]) -> Classroom:
    return classroom_in(f"sqlite:///{migrated_sqlite}")


@pytest.fixture
def start(classroom: Classroom, tmp_path: Path) -> Iterator[Callable[..., Parent]]:
    """Start a recognizer in a group of processes of its own, as a terminal does."""
    started: list[Parent] = []

    def run(frames: int = ENDLESS, database_url: str = classroom.database_url) -> Parent:
        (tmp_path / "recognizer.toml").write_text(
            f'room = "{ROOM}"\ndatabase_url = "{database_url}"\nstate_dir = "{tmp_path}/state"\n'
            f'[gallery]\npath = "{tmp_path}/none.pkl"\n[[cameras]]\nname = "front"\n'
            f'source = "{tmp_path}/{frames}.mp4"\n'
        )
        code = "import sys; from tests.integration import test_daemon_process as t; sys.exit(t.run_with_fake_camera())"
        log = tmp_path / f"{len(started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", code, str(tmp_path / "recognizer.toml")],
                cwd=ROOT,
                env=product_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(Parent(process, log))
        return started[-1]

    yield run
    for parent in started:
        if parent.process.poll() is None:
            os.killpg(parent.process.pid, signal.SIGKILL)
            parent.process.wait()


def test_a_child_that_is_killed_comes_back(start: Callable[..., Parent], classroom: Classroom) -> None:
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    (child,) = parent.children()
    os.kill(child, signal.SIGKILL)

    (other,) = wait_for(lambda: [pid for pid in parent.children() if pid != child], "another child", 30)
    wait_for(lambda: classroom.camera_states() == {"front": "watching"}, "the camera to be watched", 30)

    assert other != child
    assert "signal SIGKILL" in parent.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_all_processes_ends_them_within_five_seconds_and_keeps_the_last_seen_time(
    start: Callable[..., Parent], classroom: Classroom, number: signal.Signals
) -> None:
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    seen_at = classroom.marks()["S1001"].last_seen_at
    wait_for(lambda: (classroom.last_frame_at() or seen_at) > seen_at, "more frames", 30)
    children = parent.children()
    os.killpg(parent.process.pid, number)

    assert parent.process.wait(5) == 0, parent.log.read_text()
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "Traceback" not in parent.log.read_text()
    mark = classroom.marks()["S1001"]
    # Within the minute in which seen-times are not handed out: only the end told of it.
    assert mark.first_seen_at < mark.last_seen_at < mark.first_seen_at + timedelta(minutes=1)
    assert classroom.camera_states() == {"front": "stopped"}


def test_a_parent_that_is_killed_takes_its_children_with_it_and_leaves_its_marks(
    start: Callable[..., Parent], classroom: Classroom, tmp_path: Path
) -> None:
    parent = start()
    wait_for(classroom.marks, "the mark", 30)
    children = parent.children()
    parent.process.kill()
    parent.process.wait()
    wait_for(lambda: not any(b"spawn_main" in _command_line(child) for child in children), "the children's end", 10)
    first = classroom.marks()["S1001"]

    # The next one is not kept out by the lock of the dead one, and only widens the mark.
    again = start()
    wait_for(lambda: "student S1001" in again.log.read_text(), "the student to be seen again", 30)
    wait_for(lambda: classroom.marks()["S1001"].last_seen_at > first.last_seen_at, "the mark to be widened", 30)

    assert classroom.marks()["S1001"].first_seen_at == first.first_seen_at


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
    assert parent.process.wait(5) == 0, parent.log.read_text()

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
