"""A camera's own process: camera → pipeline → messages to the parent. It may hang or crash; the parent survives it."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from recognizer.domain.following.detection import Frame
from recognizer.domain.ports.camera import Camera
from recognizer.domain.register.attendance import Sighting
from recognizer.errors import RecognizerError
from recognizer.ops.clock import utc_now

GRACE_SECONDS = 2.0
"""How long a child may take to end once it was told to, or once its parent is gone."""

_PULSE_EVERY_SECONDS = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Frames are coming: how many so far, and when the last one came (naive UTC)."""

    frames: int
    last_frame_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The source came to its end; the last message of a file."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The source cannot be watched; the last message, with the reason."""

    reason: str


Message = Sighting | Pulse | Ended | Failed
Step = Callable[[Frame], list[Sighting]]


def watch(connection: Connection[Any, Any], prepare: Callable[[], tuple[Step, Camera]]) -> None:
    """Watch one source until it ends or fails, the parent sends anything, or the parent is gone.

    ``prepare`` builds the pipeline's step and opens the camera, in that order. To be called in the child's main
    thread. Ctrl-C, which a terminal sends to every process, is left to the parent.
    """
    stopping = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    threading.Thread(target=_await_orders, args=(connection, stopping), name="orders", daemon=True).start()
    try:
        connection.send(_watch(connection, prepare, stopping))
    except OSError:
        log.debug("the parent is gone")


def _watch(
    connection: Connection[Any, Any], prepare: Callable[[], tuple[Step, Camera]], stopping: threading.Event
) -> Message:
    try:
        step, camera = prepare()
        try:
            return _relay(connection, step, camera, stopping)
        finally:
            camera.close()
    except RecognizerError as error:
        return Failed(str(error))
    except OSError:
        raise
    except Exception as error:
        log.exception("a camera's process failed")
        return Failed(f"{type(error).__name__}: {error}")


def _relay(connection: Connection[Any, Any], step: Step, camera: Camera, stopping: threading.Event) -> Message:
    frames, pulse_at = 0, float("-inf")
    while not stopping.is_set():
        frame = camera.read()
        if frame is None:
            return Ended()
        frames += 1
        # Before the step: with the first frame the camera is known to work, however long the first look takes.
        if time.monotonic() - pulse_at >= _PULSE_EVERY_SECONDS:
            connection.send(Pulse(frames, utc_now()))
            pulse_at = time.monotonic()
        for sighting in step(frame):
            connection.send(sighting)
    return Failed("told to stop")


def _await_orders(connection: Connection[Any, Any], stopping: threading.Event) -> None:
    """Whatever the parent sends means stop, and so does the end of the pipe: the parent is gone."""
    try:
        connection.recv()
    except (EOFError, OSError):
        log.debug("the parent's end of the pipe is closed")
    stopping.set()
    # A read that hangs would keep the process for ever.
    time.sleep(GRACE_SECONDS)
    os._exit(0)
