"""The recognizer's own program, whose cameras play what a script says. All but the pictures and the clock is real.

Each process of it imports this. ``scene.json`` says what every camera sees now; every camera writes down what it saw in
its journal, frame by frame, which is what the register is held to afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.breaking.timepiece import Timepiece, slip_in

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from recognizer.bootstrap.camera import CameraJob
    from recognizer.domain.following.detection import Frame
    from recognizer.domain.register.attendance import Sighting

SCENE, CLOCK, PACE = "scene.json", "clock.json", "pace.json"

REOPENING_SECONDS = 1.0
"""How long a source is away that is opened anew because its pictures have another size."""


def journal_of(folder: Path, camera: str) -> Path:
    """Where a camera writes down what it saw: a line of JSON for each frame."""
    return folder / f"journal-{camera}"


class ScriptedCamera:
    """Gives frames at the pace of the scene, and does what else the scene says: ends, hangs, dies or is set anew."""

    def __init__(self, folder: Path, name: str, timepiece: Timepiece) -> None:
        self._folder, self._name, self._timepiece = folder, name, timepiece
        self._frames_a_second = json.loads((folder / PACE).read_text())["frames_a_second"]
        self._journal = journal_of(folder, name).open("a", buffering=1)
        self.students: list[str] = []
        self.blind_because = ""
        self._height = 0
        """Of its pictures, in pixels; 0 before the first one."""

    def read(self) -> Frame | None:
        import numpy as np

        from recognizer.domain.following.detection import Frame
        from recognizer.errors import CameraError

        time.sleep(1 / self._frames_a_second)
        seen = self._scene()
        if seen["height"] != self._height:
            if self._height:
                time.sleep(REOPENING_SECONDS)
                seen = self._scene()
            self._height = seen["height"]
        match seen["trouble"]:
            case "dies":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "hangs":
                time.sleep(3600)
            case "gone":
                raise CameraError(f"camera {self._name}: it refuses")
        self.students, self.blind_because = seen["students"], seen["blind"]
        true_at, machine_at = self._timepiece.true_now(), self._timepiece.machine_now()
        self._journal.write(json.dumps([true_at.isoformat(), self.blind_because, self.students, os.getpid()]) + "\n")
        return Frame(np.zeros((self._height, 4, 3), np.uint8), machine_at, self._timepiece.steady())

    def _scene(self) -> dict[str, Any]:
        scene: dict[str, Any] = json.loads((self._folder / SCENE).read_text())[self._name]
        return scene

    def close(self) -> None:
        self._journal.close()


def watch_script(connection: Connection[Any, Any], job: CameraJob) -> None:
    """What runs in a child."""
    camera = job.camera
    folder = Path(str(camera.source)).parent
    timepiece = Timepiece(folder / CLOCK)
    slip_in(timepiece)
    from recognizer.camera.process import watch
    from recognizer.domain.register.attendance import Sighting
    from tests.fakes import FakeWatcher

    def step(frame: Frame) -> list[Sighting]:
        students = () if scripted.blind_because else scripted.students
        return [Sighting(number, frame.captured_at, camera.name, 0.3, None, None, 3, 1) for number in students]

    scripted = ScriptedCamera(folder, camera.name, timepiece)
    watcher = FakeWatcher(step)
    watcher.blind_because = lambda _: scripted.blind_because  # type: ignore[method-assign]
    watch(connection, lambda: (watcher, scripted))


def prepare_nothing(_: object) -> None:
    """Made-up cameras need no models."""


def run() -> int:
    """``recognizer run``. The program's arguments: the configuration, and the folder of the script."""
    configuration, folder = sys.argv[1], Path(sys.argv[2])
    timepiece = Timepiece(folder / CLOCK)
    slip_in(timepiece)
    pace = json.loads((folder / PACE).read_text())
    _set_pace(pace)
    from recognizer.bootstrap import daemon
    from recognizer.ops.clock import Clock, read_boot_id

    daemon.Clock = partial(Clock, timepiece.machine_now, timepiece.steady, read_boot_id)
    if pace["is_other_time"]:
        _let_the_database_tell(timepiece)
    if pace["version"]:
        daemon.__version__ = pace["version"]
    if pace["is_scripted"]:
        daemon.watch_camera, daemon.prepare_cameras = watch_script, prepare_nothing
    from recognizer.cli import main

    return main(["--config", configuration, "run"])


def _set_pace(pace: dict[str, Any]) -> None:
    """Waits of a minute and of half a minute would make each test as long."""
    from recognizer.bootstrap import daemon
    from recognizer.delivery import room_lease, schedule, worker
    from recognizer.domain.register import growing_entries, observation
    from recognizer.room import supervision

    step = timedelta(seconds=pace["step_seconds"])
    observation.REPORT_EVERY = growing_entries.REPORT_EVERY = step
    observation.REPORT_FIRST = min(observation.REPORT_FIRST, step)
    observation.LONGEST_GAP = timedelta(seconds=pace["gap_seconds"])
    schedule.REFRESH_EVERY_SECONDS = pace["schedule_seconds"]
    worker.LONGEST_WAIT_SECONDS = pace["wait_seconds"]
    supervision.FIRST_WAIT_SECONDS, supervision.LONGEST_WAIT_SECONDS = pace["first_wait_seconds"], pace["wait_seconds"]
    supervision.PROGRESS_SECONDS = pace["progress_seconds"]
    daemon.LEASE_SECONDS, room_lease.RENEW_EVERY_SECONDS = pace["lease_seconds"], pace["lease_seconds"] / 5


def _let_the_database_tell(timepiece: Timepiece) -> None:
    """What the database's clock says where it is asked in Python: the server's own goes on as ever."""
    from recognizer.storage.database import lookup

    def database_now(_: object) -> datetime:
        return timepiece.true_now()

    lookup.database_now = database_now
    from recognizer.storage.database.status_board import SqlStatusBoard

    SqlStatusBoard.now = lambda _: timepiece.true_now()  # type: ignore[method-assign]
