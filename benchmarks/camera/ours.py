"""Rollcall's own camera process on a clip: the function that the recognizer runs, in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.camera.account import Account, Accountant
from benchmarks.camera.judgement import Naming
from benchmarks.camera.stages import StageSampler
from recognizer.bootstrap.camera import build_knowledge, build_watcher, open_camera
from recognizer.camera.messages import Ended, Failed, Message
from recognizer.camera.process import Watcher, watch
from recognizer.camera.wire import Hearing
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Frame
from recognizer.domain.ports.camera import Camera
from recognizer.domain.register.attendance import Sighting
from recognizer.ops.logging import configure_logging
from recognizer.room.children import SpawnedChild

_BEGINNING = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere
"""The instant given to the clip's first frame, so that a sighting tells its place in the clip."""


@dataclass(frozen=True, slots=True)
class CameraRun:
    """What counts in the register of what a camera process said, and what it used.

    start_seconds: until it was done with its first frame.
    """

    namings: list[Naming]
    account: Account
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Course:
    """How a clip is gone through: so many times in one process, or its first frames; with samples of the stages."""

    loops: int = 1
    most_frames: int | None = None
    is_profiled: bool = False


ONCE = Course()


def watch_clip(config: Config, frames_per_second: float, course: Course = ONCE) -> CameraRun:
    """Run the configuration's first camera to the end of its clip. Raises SystemExit when that fails."""
    started_at = time.monotonic()
    accounts, account_writer = Pipe(duplex=False)
    child = SpawnedChild("benchmark", _watch, account_writer, config, course)
    account_writer.close()
    namings: list[Naming] = []
    try:
        for message in _hear(child):
            if isinstance(message, Failed):
                raise SystemExit(f"the camera's process failed: {message.reason}")
            if isinstance(message, Sighting) and message.box is not None and _counts(message):
                frame = round((message.seen_at - _BEGINNING).total_seconds() * frames_per_second)
                namings.append(Naming(frame, message.box, message.student_number))
        account: Account = accounts.recv()
    except EOFError:
        child.kill()
        raise SystemExit(f"the camera's process ended with {child.how_it_ended()}") from None
    finally:
        child.kill()
    return CameraRun(namings, account, account.first_frame_at - started_at)


def _hear(child: SpawnedChild) -> Iterator[Message]:
    """What the process says, to the end of the clip."""
    hearing = Hearing(child.connection, "benchmark")
    while True:
        child.connection.poll(None)
        for message in hearing.take():
            if isinstance(message, Ended):
                return
            yield message


def _counts(sighting: Sighting) -> bool:
    """Whether the register hears of it by then."""
    return sighting.is_sure


def _watch(connection: Connection[Any, Any], account_to: Connection[Any, Any], config: Config, course: Course) -> None:
    configure_logging(config)
    accountant, sampler = Accountant(), StageSampler() if course.is_profiled else None
    watch(connection, partial(_prepare, config, course, accountant, sampler))
    account_to.send(accountant.close(sampler.stop() if sampler else {}))


def _prepare(
    config: Config, course: Course, accountant: Accountant, sampler: StageSampler | None
) -> tuple[Watcher, Camera]:
    watcher = build_watcher(config, config.cameras[0], build_knowledge(config))
    watched = _WatchedCamera(open_camera(config, config.cameras[0]), config, course, accountant)
    if sampler is not None:
        sampler.start()
    return _CountedWatcher(watcher, watched, accountant), watched


class _CountedWatcher:
    """The recognizer's watcher, with its frames counted."""

    def __init__(self, watcher: Watcher, camera: _WatchedCamera, accountant: Accountant) -> None:
        self._watcher, self._camera, self._accountant = watcher, camera, accountant

    @property
    def faces(self) -> int:
        return self._watcher.faces

    def blind_because(self, frame: Frame) -> str:
        return self._watcher.blind_because(frame)

    def step(self, frame: Frame) -> list[Sighting]:
        sightings = self._watcher.step(frame)
        self._accountant.frame_done()
        # Of the second time through the clip the truth says nothing.
        return sightings if self._camera.loop == 0 else []


class _WatchedCamera:
    """The recognizer's camera, which begins its clip again so many times, and dates frames by their place in it."""

    def __init__(self, camera: Camera, config: Config, course: Course, accountant: Accountant) -> None:
        self._camera, self._config, self._course, self._accountant = camera, config, course, accountant
        self._offset = self._position = 0.0
        self._frames = 0
        self.loop = 0

    def read(self) -> Frame | None:
        self._accountant.begin()
        if self._frames == self._course.most_frames:
            return None
        self._frames += 1
        frame = self._camera.read()
        if frame is None:
            self._accountant.clip_done()
            self.loop += 1
            if self.loop == self._course.loops:
                return None
            self._begin_again()
            frame = self._camera.read()
            if frame is None:
                return None
        self._position = self._offset + frame.position_seconds
        at = _BEGINNING + timedelta(seconds=self._position)
        return replace(frame, position_seconds=self._position, captured_at=at)

    def close(self) -> None:
        self._camera.close()

    def _begin_again(self) -> None:
        self._camera.close()
        self._camera = open_camera(self._config, self._config.cameras[0])
        self._offset = self._position + 0.04
