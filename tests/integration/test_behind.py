"""Never more than two seconds behind, however slow the machine: a real stream, whose pictures say when they were made.

Each picture of the clip shows its number in black and white squares, so that the test needs to believe nobody's times.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognizer.camera.process import watch
from recognizer.config.configuration import CameraConfig
from recognizer.domain.following.detection import Frame
from recognizer.domain.register.attendance import Sighting
from recognizer.room.children import SpawnedChild
from recognizer.vision.capture.camera import OpenCVCamera
from tests.fakes import FakeWatcher
from tests.fixtures.patience import only_long
from tests.fixtures.rtsp import RtspCamera

FRAMES_A_SECOND, SECONDS, BITS, SQUARE = 25, 40, 10, 32
MOST_BEHIND = 2.0


@pytest.fixture(scope="module")
def numbered_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_numbered_clip(tmp_path_factory.mktemp("behind") / "numbered.mp4", SECONDS)


def make_numbered_clip(path: Path, seconds: int, height: int = 4 * SQUARE) -> Path:
    size = (BITS * SQUARE, height)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_A_SECOND, size)
    for number in range(FRAMES_A_SECOND * seconds):
        squares = [255 * (number >> bit & 1) for bit in range(BITS)]
        row = np.repeat(np.array(squares, np.uint8), SQUARE)
        writer.write(np.repeat(np.repeat(row[None], size[1], axis=0)[:, :, None], 3, axis=2))
    writer.release()
    return path


def number_of(frame: Frame) -> int:
    """The number that a picture shows."""
    middles = frame.image[2 * SQUARE, SQUARE // 2 :: SQUARE, 0]
    return sum(1 << bit for bit, level in enumerate(middles) if level > 127)


def watch_slowly(
    connection: Connection[Any, Any], told: Connection[Any, Any], address: str, seconds: float, busily: bool
) -> None:
    """What runs in the camera's process: each look takes so long, at work or at rest. It tells when a look was done,
    and at which picture."""

    def step(frame: Frame) -> list[Sighting]:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not busily:
                time.sleep(left)
        told.send((time.monotonic(), number_of(frame) / FRAMES_A_SECOND, frame.late_seconds))
        return []

    watch(connection, lambda: (FakeWatcher(step), OpenCVCamera(CameraConfig("front", address), most_per_second=2.0)))


def start_slow(address: str, seconds: float, busily: bool) -> tuple[SpawnedChild, Connection[Any, Any]]:
    told, telling = Pipe(duplex=False)
    with telling:
        return SpawnedChild("front", watch_slowly, telling, address, seconds, busily), told


def looks_of(told: Connection[Any, Any], seconds: float) -> list[tuple[float, float, float]]:
    """When each look of the next seconds was done, the place in the clip of what it looked at, and how late it said to
    be."""
    until, looks = time.monotonic() + seconds, []
    while told.poll(max(0.0, until - time.monotonic())):
        looks.append(told.recv())
    return looks


def ages(looks: list[tuple[float, float, float]], seconds: float) -> list[float]:
    """How old each picture was when the look at it, which takes so long, was done. The freshest is taken for new: what
    the network takes on this machine is milliseconds."""
    delays = [done - shown for done, shown, _ in looks]
    return [delay - min(delays) + seconds for delay in delays]


@only_long
def test_a_look_that_takes_more_than_a_second_is_always_at_a_new_picture(
    rtsp_server: Callable[..., RtspCamera], numbered_clip: Path
) -> None:
    child, told = start_slow(str(rtsp_server(numbered_clip)), 1.2, True)

    looks = looks_of(told, 9)
    child.kill()

    assert len(looks) >= 4
    assert max(ages(looks, 1.2)) < MOST_BEHIND


@only_long
def test_beside_work_that_takes_every_core_it_falls_no_further_behind(
    rtsp_server: Callable[..., RtspCamera], numbered_clip: Path
) -> None:
    child, told = start_slow(str(rtsp_server(numbered_clip)), 0.5, False)
    looks = looks_of(told, 4)
    others = [SpawnedChild("other", toil) for _ in range(3 * (os.cpu_count() or 1))]

    looks += looks_of(told, 6)
    for process in (child, *others):
        process.kill()

    assert len(looks) >= 8
    assert max(ages(looks, 0.5)) < MOST_BEHIND


def toil(connection: Connection[Any, Any]) -> None:
    threading.Thread(target=lambda: connection.poll(None) and os._exit(0), daemon=True).start()
    while True:
        pass


@only_long
def test_one_that_was_held_up_leaves_out_what_it_missed(
    rtsp_server: Callable[..., RtspCamera], numbered_clip: Path
) -> None:
    """The camera's pictures of that time are waiting in the network's buffers; they are not looked at one by one."""
    child, told = start_slow(str(rtsp_server(numbered_clip)), 0.1, False)
    before = looks_of(told, 4)
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    time.sleep(4)
    os.kill(child.pid, signal.SIGCONT)

    looks_of(told, 0.2)
    after = looks_of(told, 3)
    child.kill()

    assert len(after) >= 3
    held_up = ages([*before, *after], 0.1)[len(before) :]
    assert max(held_up) < MOST_BEHIND, held_up
