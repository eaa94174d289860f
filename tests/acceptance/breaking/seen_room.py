"""A room that the recognizer sees with its own eyes: the bundle's program or a package's, which knows no script.

Its cameras speak HTTP and show portraits. There are fewer faces than students: whoever is new gets the face of somebody
who has left.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.acceptance.breaking.daemon import Daemon
from tests.acceptance.breaking.faces import TOLERANCE, Faces
from tests.acceptance.breaking.pace import SERVICE, Pace
from tests.acceptance.breaking.pictures import PictureCamera
from tests.acceptance.breaking.room import BrokenRoom
from tests.acceptance.breaking.scripted_recognizer import CLOCK, journal_of
from tests.acceptance.breaking.timepiece import Timepiece
from tests.fixtures.false_clock import FalseClock
from tests.fixtures.made_up_camera import process_name

_SIGNALS = {"dies": signal.SIGSEGV, "hangs": signal.SIGSTOP}
"""What a camera's process gets, whenever there is one, by its trouble."""


class FalseTimepiece(Timepiece):
    """Sets a program's clock too."""

    def __init__(self, path: Path, clock: FalseClock) -> None:
        super().__init__(path)
        self._clock = clock

    def set_machine(self, ahead: timedelta) -> None:
        super().set_machine(ahead)
        self._clock.set(ahead)


@dataclass(kw_only=True)
class SeenRoom(BrokenRoom):
    """It does what a scripted room does, by pictures, signals and the gallery."""

    faces: Faces
    pace: Pace = field(default_factory=lambda: SERVICE)
    settings = f"[recognition]\ntolerance = {TOLERANCE}\n"

    def __post_init__(self) -> None:
        self._eyes: dict[str, PictureCamera] = {}
        super().__post_init__()
        if self.has_own_clock:
            self._clock = FalseClock(self.folder)
            self.timepiece = FalseTimepiece(self.folder / CLOCK, self._clock)
        self.gallery = self.folder / "gallery"
        self._looks = self.faces.enrol(self.numbers, self.gallery)
        for camera in self.cameras:
            journal = journal_of(self.folder, camera)
            self._eyes[camera] = PictureCamera(self._looks, journal, self.timepiece, places=len(self.faces.pictures))
            self.sources[camera] = self._eyes[camera].address
        self._has_ended = threading.Event()
        threading.Thread(target=self._trouble_children, daemon=True).start()

    def newcomers(self, count: int) -> list[str]:
        """See ``RoomRecords.newcomers``. Where faces are used up, the recognizer is started with another gallery."""
        numbers = super().newcomers(count)
        if not self._looks.keys() >= set(numbers):
            self._give_faces(numbers)
        return numbers

    def start(self, state: str = "state", *, environment: Mapping[str, str | None] | None = None, **how: Any) -> Daemon:
        """See ``BrokenRoom.start``."""
        clock = self._clock.environment if self.has_own_clock else {}
        return super().start(state, environment={**clock, **(environment or {})}, **how)

    def upgrade(self, version: str) -> None:
        """Stop it as systemd does, and start the same program again: there is no other release of it."""
        self.stop()
        self.start_watching()

    def end(self) -> None:
        super().end()
        self._has_ended.set()
        for camera in self._eyes.values():
            camera.close()

    def _give_faces(self, numbers: list[str]) -> None:
        is_running = self.is_running()
        if is_running:
            self.show()
            self.wait_for_delivery()
            self.stop()
        assert self.gallery is not None
        self._looks = self.faces.enrol([*numbers, *self._newcomers], self.gallery)
        for camera in self._eyes.values():
            camera.portray(self._looks)
        if is_running:
            self.start_watching()

    def _write_scene(self) -> None:
        for name, camera in self._eyes.items():
            scene = self._scene[name]
            camera.students, camera.blind = scene["students"], scene["blind"]
            if scene["trouble"] == "gone":
                camera.stop()
            else:
                camera.start()

    def _trouble_children(self) -> None:
        while not self._has_ended.wait(0.2):
            for camera, child in self._children():
                if number := _SIGNALS.get(self._scene[camera]["trouble"]):
                    with suppress(ProcessLookupError):
                        os.kill(child, number)

    def _children(self) -> Iterator[tuple[str, int]]:
        """The cameras' processes, with the names of their cameras."""
        for daemon in list(self.daemons):
            for child in daemon.children() if daemon.process.poll() is None else ():
                if (name := process_name(child)) in self._eyes:
                    yield name, child
