"""A lesson of the real daemon in a process of its own, with no database: it works from its copies, as in service."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from recognizer.bootstrap.camera import SCHEDULE_FILE
from recognizer.bootstrap.daemon import build_daemon
from recognizer.config.configuration import Config
from recognizer.domain.register.attendance import ClassSession
from recognizer.ops.clock import utc_now
from recognizer.ops.logging import configure_logging
from recognizer.room.daemon import Daemon, Turn
from recognizer.storage.files.schedule_file import ScheduleFile


@dataclass(frozen=True, slots=True)
class Watched:
    """Every camera is watched from now on."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """By camera: the students seen and counted. lag_seconds: the most that a picture's age was when the look at it was
    done. looks_per_second: of the slowest camera, from start to end. failures: of all cameras."""

    seen: dict[str, frozenset[str]]
    lag_seconds: float
    looks_per_second: float
    failures: int


def keep_schedule(config: Config, roster: frozenset[str]) -> None:
    """Write the copy of a schedule with a class session that began a minute ago."""
    begun = utc_now() - timedelta(minutes=1)
    session = ClassSession(1, "BENCH 1", begun, begun + timedelta(hours=2), 10, roster)
    config.state_dir.mkdir(parents=True, exist_ok=True)
    ScheduleFile(config.state_dir / SCHEDULE_FILE, config.room).save([session])


def watch_lesson(connection: Connection[Any, Any], config: Config, seconds: float) -> None:
    """What runs in the process: it says when every camera is watched, then for so long a lesson, then what it was."""
    configure_logging(config)
    with build_daemon(config) as daemon:
        lesson = _Recording(connection, daemon, seconds)
        turn = daemon.once

        def recorded_turn(wait_seconds: float) -> Turn:
            done = turn(wait_seconds)
            lesson.note(done)
            return done

        daemon.once = recorded_turn  # type: ignore[method-assign]
        daemon.run()


class _Recording:
    """Notes what the daemon's turns bring, and ends it after so long."""

    def __init__(self, connection: Connection[Any, Any], daemon: Daemon, seconds: float) -> None:
        self._connection, self._daemon, self._seconds = connection, daemon, seconds
        self._seen: dict[str, set[str]] = {camera.name: set() for camera in daemon.cameras}
        self._watched_at: float | None = None
        self._looks: list[int] = []
        self._lag = 0.0

    def note(self, turn: Turn) -> None:
        """One more turn is done."""
        cameras = self._daemon.cameras
        for sighting in turn.sightings:
            if sighting.is_sure:
                self._seen[sighting.camera_name].add(sighting.student_number)
        self._lag = max(self._lag, *(camera.lag_seconds for camera in cameras))
        words = [camera.word for camera in cameras]
        if self._watched_at is None and all(word.state == "watching" for word in words):
            self._watched_at, self._looks = time.monotonic(), [word.looks for word in words]
            self._connection.send(Watched())
        if self._watched_at is not None and time.monotonic() >= self._watched_at + self._seconds:
            looks = min(word.looks - before for word, before in zip(words, self._looks, strict=True))
            seen = {name: frozenset(numbers) for name, numbers in self._seen.items()}
            failures = sum(word.failures for word in words)
            self._connection.send(Lesson(seen, self._lag, looks / self._seconds, failures))
            # The processes are measured a last time while they are there.
            self._connection.recv()
            self._daemon.stop()
