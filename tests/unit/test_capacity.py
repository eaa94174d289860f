"""How many cameras a machine carries, and how that is said."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognizer.bootstrap import capacity as measuring
from recognizer.bootstrap.camera import CameraJob
from recognizer.camera.process import watch
from recognizer.commands.capacity_check import check_capacity, describe_capacity
from recognizer.config.configuration import CameraConfig, Config, GalleryConfig
from recognizer.errors import CameraError
from recognizer.room.capacity import CameraLoad, Capacity, estimate_capacity
from recognizer.vision.capture.camera import OpenCVCamera
from tests.fakes import FakeWatcher
from tests.fixtures.made_up_recognizer import prepare_nothing, watch_fake

FULL = CameraLoad("front", 0.18, 115, 30)


def test_processors_are_the_limit_where_there_is_memory_enough() -> None:
    assert estimate_capacity([FULL], 2, 8000).cameras == 9


def test_memory_is_the_limit_where_there_is_little() -> None:
    assert estimate_capacity([FULL], 16, 800).cameras == 4


def test_cameras_that_differ_count_by_what_they_take_on_average() -> None:
    light = replace(FULL, cores=0.06, megabytes=95)

    capacity = estimate_capacity([FULL, light], 2, 8000)

    assert (capacity.cameras, capacity.cores_per_camera, capacity.megabytes_per_camera) == (14, 0.12, 105)


def test_a_machine_without_memory_carries_none() -> None:
    assert estimate_capacity([FULL], 2, 100).cameras == 0


def test_it_is_one_sentence() -> None:
    assert describe_capacity(Capacity(9, 0.18, 115, 2, 8192, 30), 8) == (
        "This machine carries 9 such cameras, and 8 are configured: each takes 0.18 of a core and 115 MB; there are "
        "2 cores and 8.0 GB of free memory."
    )


def test_an_empty_room_is_no_measure_of_a_lesson() -> None:
    assert describe_capacity(Capacity(30, 0.05, 100, 2, 8192, 0), 1).endswith(
        "Few faces were in sight (0 a camera): measure it again in a lesson."
    )


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Config:
    monkeypatch.setattr(measuring, "watch_camera", watch_fake)
    monkeypatch.setattr(measuring, "prepare_cameras", prepare_nothing)
    cameras = tuple(CameraConfig(name, str(tmp_path / f"{10**9}.mp4")) for name in ("front", "back"))
    return Config(room="A 101", state_dir=tmp_path, gallery=GalleryConfig(path=tmp_path / "none.pkl"), cameras=cameras)


def test_real_processes_are_measured(made_up: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_capacity(made_up, seconds=1.5) == 0

    assert "such cameras, and 2 are configured: each takes 0." in capsys.readouterr().out


def test_more_cameras_than_the_machine_carries_are_a_fault(made_up: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "available_mb", lambda: 200.0)

    assert check_capacity(made_up, seconds=0.5) == 1


def test_a_camera_whose_process_ends_cannot_be_measured(made_up: Config) -> None:
    ending = replace(made_up, cameras=(CameraConfig("front", "3.mp4"),))

    with pytest.raises(CameraError, match="its process ended"):
        check_capacity(ending, seconds=1.5)


def play_clip(connection: Connection[Any, Any], job: CameraJob) -> None:
    """What runs in the process of a camera whose frames come from a real file, and in which nobody is."""
    watch(connection, lambda: (FakeWatcher(lambda _: []), OpenCVCamera(job.camera)))


def test_a_clip_shorter_than_the_measure_is_played_again(
    made_up: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "watch_camera", play_clip)
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (64, 48))
    for _ in range(5):
        writer.write(np.full((48, 64, 3), 100, np.uint8))
    writer.release()

    assert check_capacity(replace(made_up, cameras=(CameraConfig("front", str(clip), "once"),)), seconds=1.0) == 0
