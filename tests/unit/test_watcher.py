"""Looks that take long encode fewer faces; those that are quick, more again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from recognizer.camera.pipeline import MOST_AT_ONCE
from recognizer.camera.watcher import FEWEST_AT_ONCE, CameraWatcher
from recognizer.domain.following.detection import Frame

FRAME = Frame(np.zeros((4, 4, 3), np.uint8), datetime(2026, 10, 5, 9, 0), 0.0)  # noqa: DTZ001 - naive UTC


class Slow:
    """A room of so many faces, each of which takes so long to encode."""

    def __init__(self, faces: int, seconds: float) -> None:
        self.most_at_once, self.faces, self.seconds = MOST_AT_ONCE, faces, seconds
        self.now = 0.0
        self.took: list[float] = []

    def step(self, frame: Frame) -> list[Any]:
        self.took.append(self.seconds * min(self.faces, self.most_at_once))
        self.now += self.took[-1]
        return []


def watch(room: Any, looks: int) -> None:
    watcher = CameraWatcher(room, room, room, lambda: room.now)
    for _ in range(looks):
        watcher.step(FRAME)


class Standing:
    """A camera whose picture stands still, or a pipeline; what was asked of it."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.asked: list[str] = []

    def reason(self, frame: Frame) -> str:
        return self.reasons.pop(0)

    def blind_because(self, frame: Frame) -> str:
        return ""

    def forget_tracks(self) -> None:
        self.asked.append("forget")

    def step(self, frame: Frame) -> list[Any]:
        self.asked.append("step")
        return ["a sighting"]


def test_a_picture_that_stands_still_shows_nobody_and_what_comes_after_it_is_followed_anew() -> None:
    """Whoever sits in it never changes, as if on a photo, and whoever left is there as long as it stands."""
    camera: Any = Standing()
    camera.reasons = ["", "frozen", "frozen", "", "", "dark"]
    watcher = CameraWatcher(camera, camera)
    seen = []
    for _ in range(6):
        reason = watcher.blind_because(FRAME)
        seen.append((reason, len(watcher.step(FRAME))))
    assert seen == [("", 1), ("frozen", 0), ("frozen", 0), ("", 1), ("", 1), ("dark", 1)]
    assert camera.asked == ["step", "forget", "step", "step", "step"]


def test_a_quick_machine_encodes_as_many_as_ever() -> None:
    room = Slow(40, 0.014)

    watch(room, 20)

    assert room.most_at_once == MOST_AT_ONCE


def test_on_a_slow_machine_no_look_takes_more_than_a_second_for_long() -> None:
    room = Slow(40, 0.04)

    watch(room, 60)

    assert max(room.took[4:]) < 1.0
    assert sum(room.took) > 60 * 0.3


def test_however_slow_some_faces_are_encoded_at_each_look() -> None:
    room = Slow(40, 10)

    watch(room, 20)

    assert room.most_at_once == FEWEST_AT_ONCE


def test_it_is_as_ever_once_the_machine_has_time_again() -> None:
    room = Slow(40, 0.2)
    watch(room, 20)

    room.seconds = 0.005
    watch(room, 30)

    assert room.most_at_once == MOST_AT_ONCE


def test_frames_that_wait_are_worked_off_as_ever() -> None:
    room: Any = Slow(40, 1.0)
    watcher = CameraWatcher(room, room, None, lambda: room.now)

    watcher.step(FRAME)

    assert room.most_at_once == MOST_AT_ONCE
