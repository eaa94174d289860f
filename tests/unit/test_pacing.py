"""One pace for all cameras: fewer looks where the machine is too slow, and the configured ones again once it is not."""

from __future__ import annotations

import logging

import pytest

from recognizer.room.pacing import JUDGED_EVERY_SECONDS, Load, Pacing


class Machine:
    """Cameras that ask for so many cores in all when they are looked at twice a second; the machine has ``cores``."""

    def __init__(self, cores: float, *needs: float) -> None:
        self.cores = cores
        self.cameras = [Camera(self, need) for need in needs]
        self.now = 0.0
        self.pacing = Pacing(2.0, lambda: self.now)

    def run(self, seconds: float) -> float:
        """For so long; looks a second in the end."""
        until = self.now + seconds
        while self.now < until:
            self.now += 1
            self.pacing.once(self.cameras)
        return self.pacing.looks_per_second


class Camera:
    def __init__(self, machine: Machine, need: float) -> None:
        self.machine, self.need, self.pace = machine, need, 2.0

    @property
    def load(self) -> float | None:
        asked = sum(camera.need * camera.pace / 2 for camera in self.machine.cameras)
        return min(1.0, self.need * self.pace / 2 * max(1.0, asked / self.machine.cores))

    def set_pace(self, looks_per_second: float) -> None:
        self.pace = looks_per_second


def test_a_machine_that_keeps_up_looks_as_often_as_is_configured(caplog: pytest.LogCaptureFixture) -> None:
    assert Machine(2, *[0.18] * 8).run(600) == 2.0
    assert not caplog.records


def test_where_one_camera_cannot_keep_up_all_look_less_often_and_alike(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(1, 1.5, 0.1, 0.1)

    pace = machine.run(600)

    assert 0.5 < pace < 1.5
    assert {camera.pace for camera in machine.cameras} == {pace}
    assert caplog.messages[0] == (
        "this machine is too slow for its cameras: each is looked at 1.5 times a second, not 2"
    )


def test_the_pace_settles_and_is_said_once_a_change(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(2, *[0.8] * 8)
    machine.run(300)
    said = len(caplog.records)

    machine.run(3600)

    assert 0 < said <= 8
    assert len(caplog.records) == said


def test_it_is_as_ever_once_the_machine_has_time_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    machine = Machine(0.5, *[0.4] * 4)
    assert machine.run(300) < 2.0

    machine.cores = 4

    assert machine.run(300) == 2.0
    assert caplog.messages[-1] == "the machine keeps up again: each camera is looked at 2 times a second"


def test_however_slow_the_machine_some_looks_are_left() -> None:
    assert Machine(0.001, 1.0).run(3600) == 0.25


def test_cameras_that_nobody_has_heard_of_change_nothing() -> None:
    machine = Machine(1)

    assert machine.run(600) == 2.0


def test_a_load_is_known_once_it_was_measured_for_long_enough() -> None:
    load = Load()
    for second in range(int(JUDGED_EVERY_SECONDS)):
        load.note(100.0 + second, 0.5 * second)
        assert load.share is None
    for second in range(int(JUDGED_EVERY_SECONDS), 60):
        load.note(100.0 + second, 0.5 * second)

    assert load.share == pytest.approx(0.5)

    load.forget()
    assert load.share is None
