"""A minute's measure of the configured cameras, for ``recognizer check --capacity``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait

from recognizer.bootstrap.camera import CameraJob, build_knowledge, prepare_cameras, watch_camera
from recognizer.camera.messages import Failed, Message, Pulse
from recognizer.camera.orders import Know, give_order
from recognizer.camera.wire import Hearing, NotAMessage
from recognizer.config.configuration import CameraConfig, Config
from recognizer.config.keys import is_file
from recognizer.errors import CameraError
from recognizer.ops.confinement import bare_environment
from recognizer.ops.memory import available_mb
from recognizer.ops.processes import cpu_seconds, memory_mb
from recognizer.room.briefing import Briefing
from recognizer.room.capacity import CameraLoad, Capacity, estimate_capacity
from recognizer.room.children import SpawnedChild
from recognizer.room.fork_server import ForkedChild, ForkServer

MEASURED_SECONDS = 60.0
STARTING_SECONDS = 60.0


def measure_capacity(config: Config, seconds: float = MEASURED_SECONDS) -> Capacity:
    """Watch all cameras at once for so long, as in service, and keep nothing of it. A video file is played at its pace,
    from the beginning again where it is shorter. Raises CameraError."""
    cameras = [replace(camera, play="loop") if is_file(camera.source) else camera for camera in config.cameras]
    free_mb = available_mb()
    with bare_environment(), closing(ForkServer(partial(prepare_cameras, config.without_secrets()))) as server:
        os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(config.recognition.threads)
        measured = [_Measured(camera, _start(config, camera, server)) for camera in cameras]
        briefing = Briefing(build_knowledge(config))
        try:
            briefing.once(measured)
            _listen(measured, STARTING_SECONDS, lambda: all(one.has_begun for one in measured))
            for one in measured:
                one.begin()
            _listen(measured, seconds, lambda: False)
            loads = [one.load(seconds) for one in measured]
        finally:
            for one in measured:
                one.child.kill()
                one.child.connection.close()
            briefing.close()
    return estimate_capacity(loads, len(os.sched_getaffinity(0)), free_mb)


def _start(config: Config, camera: CameraConfig, server: ForkServer) -> SpawnedChild | ForkedChild:
    if config.recognition.threads > 1:
        return SpawnedChild(camera.name, watch_camera, CameraJob.of(config, camera))
    return server.start(camera.name, watch_camera, CameraJob.of(config, camera))


class _Measured:
    """A camera's process, and what it takes."""

    def __init__(self, camera: CameraConfig, child: SpawnedChild | ForkedChild) -> None:
        self.camera, self.child = camera, child
        self._hearing = Hearing(child.connection, camera.name)
        self.has_begun = False
        self._faces = 0
        self._cpu = 0.0

    def begin(self) -> None:
        """From now on it counts. Raises CameraError where there is no frame yet."""
        if not self.has_begun:
            raise CameraError(
                f"camera {self.camera.name}: {self.camera.address} sends no frame; run `recognizer check`"
            )
        self._cpu = cpu_seconds(self.child.pid or 0)

    def brief(self, order: Know) -> None:
        """See ``briefing.Briefed``. Raises OSError where it is gone."""
        give_order(self.child.connection, order)

    def hear(self) -> None:
        """Take what it says. Raises CameraError where it fails or ends."""
        try:
            messages = self._hearing.take()
        except (EOFError, OSError, NotAMessage):
            messages = [Failed(f"camera {self.camera.name}: its process ended")]
        for message in messages:
            self._note(message)

    def _note(self, message: Message) -> None:
        if isinstance(message, Failed):
            raise CameraError(message.reason)
        if isinstance(message, Pulse):
            self.has_begun, self._faces = True, max(self._faces, message.faces)

    def load(self, seconds: float) -> CameraLoad:
        """After so many seconds."""
        pid = self.child.pid or 0
        cores = (cpu_seconds(pid) - self._cpu) / seconds
        return CameraLoad(self.camera.name, cores, memory_mb(pid, "Private_Dirty"), self._faces)


def _listen(measured: list[_Measured], seconds: float, is_enough: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    by_connection = {one.child.connection: one for one in measured}
    while not is_enough() and (left := deadline - time.monotonic()) > 0:
        for connection in wait(list(by_connection), left):
            by_connection[connection].hear()  # type: ignore[index]
