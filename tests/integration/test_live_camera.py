"""A camera on the network that turns blind in every way, seen by the real recognizer on MariaDB; and a look at one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.demo import DemoGallery
from tests.fixtures.mariadb import MigratedMariaDB
from tests.fixtures.patience import only_long
from tests.fixtures.recognizer import Recognizer
from tests.fixtures.rtsp import RtspCamera
from tests.fixtures.tracing import Tracer
from tests.fixtures.waiting import wait_for

RATE = 10
HEIGHT, WIDTH = 480, 640


def film(path: Path, pictures: list[np.ndarray]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, pictures[0].shape[1::-1])
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def living_room(frames: int) -> list[np.ndarray]:
    """Desks, a board, and somebody who walks by."""
    random = np.random.default_rng(1)
    room = np.full((HEIGHT, WIDTH, 3), 170, np.uint8)
    room[60:200, 180:460] = (50, 70, 40)
    for top in (260, 340, 420):
        room[top : top + 30] = (60, 85, 120)
    pictures = []
    for frame in range(frames):
        picture = room.copy()
        cv2.circle(picture, (100 + 8 * frame, 230), 30, (135, 160, 205), -1)
        noise = random.normal(0, 3, picture.shape)
        pictures.append(np.clip(picture + noise, 0, 255).astype(np.uint8))
    return pictures


@only_long
def test_a_camera_that_turns_black_grey_and_still_is_written_down_with_each_reason(
    migrated_mariadb: MigratedMariaDB,
    classroom_in: Callable[[str], Classroom],
    rtsp_server: Callable[..., RtspCamera],
    run_recognizer: Callable[..., Recognizer],
    tmp_path: Path,
) -> None:
    """It begins black, then is grey, lives for some seconds, stands still for eleven, and begins anew."""
    classroom = classroom_in(migrated_mariadb.owner_url)
    black, grey = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    clip = film(tmp_path / "film.mp4", [*[black] * 35, *[grey] * 35, *living_room(25)])
    camera = rtsp_server(clip, frozen=11 * RATE + 5)
    recognizer = run_recognizer(migrated_mariadb.recognizer_url, camera, play="live")

    wait_for(lambda: "frozen" in reasons(classroom), "the end of standing still", 60)
    os.killpg(recognizer.process.pid, signal.SIGTERM)
    assert recognizer.finish(5) == 0, recognizer.output()
    assert "Traceback" not in recognizer.output()

    found = [reason for reason in reasons(classroom) if reason != "no picture"]
    assert found[:3] == ["dark", "grey", "frozen"]
    blind = {span["reason"]: span for span in reversed(spans(classroom, "blind_span"))}
    sight = spans(classroom, "sight")[0]
    # One span ends where the next begins: no moment is both, and none is neither.
    assert blind["dark"]["ends_at"] == blind["grey"]["starts_at"]
    assert blind["grey"]["ends_at"] == sight["starts_at"]
    assert sight["ends_at"] == blind["frozen"]["starts_at"]
    # It saw until it had stood still for ten seconds.
    assert 10 < (sight["ends_at"] - sight["starts_at"]).total_seconds() < 16
    assert classroom.camera_states() == {"front": "stopped"}


def spans(classroom: Classroom, table: str) -> list[dict[str, Any]]:
    return classroom.rows(f"SELECT * FROM {table} ORDER BY starts_at")


def reasons(classroom: Classroom) -> list[str]:
    return [span["reason"] for span in spans(classroom, "blind_span")]


@only_long
def test_a_look_at_live_cameras_says_what_they_show_and_asks_nobody_for_a_name(
    migrated_mariadb: MigratedMariaDB,
    classroom_in: Callable[[str], Classroom],
    rtsp_server: Callable[..., RtspCamera],
    demo_gallery: DemoGallery,
    portraits: dict[str, Path],
    tracer: Tracer,
    tmp_path: Path,
) -> None:
    """One hangs upright, one is turned, and one is in the dark, which is no fault: it is night there."""
    classroom_in(migrated_mariadb.owner_url)
    portrait = cv2.imread(str(portraits["collins"]))[:300, 60:440]
    random = np.random.default_rng(2)
    live = [np.clip(portrait + random.normal(0, 2, portrait.shape), 0, 255).astype(np.uint8) for _ in range(RATE)]
    cameras = {
        "upright": rtsp_server(film(tmp_path / "upright.mp4", live)),
        "turned": rtsp_server(film(tmp_path / "turned.mp4", [np.rot90(picture).copy() for picture in live])),
        "night": rtsp_server(film(tmp_path / "night.mp4", [picture // 64 for picture in live])),
    }
    (tmp_path / "recognizer.toml").write_text(
        f'room = "{ROOM}"\ndatabase_url = "{migrated_mariadb.recognizer_url}"\nstate_dir = "state"\n'
        f'[gallery]\npath = "{demo_gallery.path}"\nkey_file = "{demo_gallery.key_file}"\n'
        + "".join(f'[[cameras]]\nname = "{name}"\nsource = "{source}"\n' for name, source in cameras.items())
    )

    said = tracer.run(sys.executable, "-m", "recognizer", "check", cwd=tmp_path, expected=1)

    lines = dict(line.split(": ", 1) for line in said.splitlines())
    upright, turned, night = (lines[f"{sign} camera {name}"] for sign, name in zip("✓✗–", cameras, strict=True))
    size, rate, light, rest = upright.split(", ", 3)
    assert (size, light, rest) == ("380 × 300", "good light", f"1 face found, from {cameras['upright']}")
    number, unit = rate.split(" ", 1)
    assert float(number) == pytest.approx(RATE, rel=0.2)
    assert unit == "frames per second"
    assert "300 × 380" in turned
    assert "only when the picture is turned by 90°; write rotate = 90 for this camera" in turned
    assert "the picture is dark now" in night
    assert [line for line in lines if line.startswith("✗")] == ["✗ camera turned"], said
    # PyMySQL asks the system what its user is called, and libc asks nscd: that is no name of a host.
    assert tracer.spoken_to() <= {"/run/nscd/"}
