"""Cameras that fail in every way, seen by the recognizer's own eyes.

ROLLCALL_PROGRAM names another program to be tried than the one from source: the bundle's, or the installed package's.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.acceptance.breaking import faults
from tests.acceptance.breaking.daemon import Daemon, waiting_in
from tests.acceptance.breaking.oracle import assert_true
from tests.acceptance.breaking.pace import SERVICE, Pace
from tests.acceptance.breaking.pictures import PictureCamera
from tests.acceptance.breaking.room import BrokenRoom
from tests.acceptance.breaking.scripted_recognizer import journal_of
from tests.fixtures.demo import DemoGallery
from tests.fixtures.patience import IS_LONG, IS_PROGRAM, only_long
from tests.fixtures.rtsp import RtspCamera
from tests.fixtures.waiting import wait_for

HOPPER, COLLINS = "S1001", "S1002"
PACE = SERVICE if IS_PROGRAM else Pace().with_real_eyes()
RESTARTS = 100 if IS_LONG else 3
REASONS = ("dark", "grey", "torn", "frozen", "no picture")

pytestmark = only_long


@pytest.fixture
def eyes(
    break_room: Callable[..., BrokenRoom], demo_gallery: DemoGallery, portraits: dict[str, Path]
) -> Iterator[tuple[BrokenRoom, PictureCamera]]:
    """A lesson with one camera that speaks HTTP, in which Hopper and Collins are enrolled."""
    room = break_room(numbers=(HOPPER, COLLINS), gallery=demo_gallery.path.with_suffix(""), pace=PACE)
    people = {HOPPER: portraits["hopper"], COLLINS: portraits["collins"]}
    camera = PictureCamera(people, journal_of(room.folder, "front"), room.timepiece)
    room.sources["front"] = camera.address
    room.meet()
    yield room, camera
    camera.close()


def test_two_students_are_marked_once_whatever_is_killed_and_cut(eyes: tuple[BrokenRoom, PictureCamera]) -> None:
    """The commit's answer is lost, the parent is killed, the power goes, the database is away."""
    room, camera = eyes
    room.start_watching()
    room.proxy.fault.lost_commits = 1
    camera.students = [HOPPER]
    room.wait_for_marks(HOPPER, seconds=60)
    room.kill()
    room.start_watching()
    with faults.refuses(room):
        camera.students = [HOPPER, COLLINS]
        room.wait_for_outbox(COLLINS, seconds=60)
        room.kill(Daemon.cut_power)
    room.start_watching()
    room.wait_for_marks(HOPPER, COLLINS, seconds=60)
    room.wait_for_delivery(seconds=60)
    camera.students = []
    time.sleep(2)
    room.stop()
    assert_true(room)


def test_pictures_that_show_nothing_or_change_their_size_are_told_and_survived(
    eyes: tuple[BrokenRoom, PictureCamera],
) -> None:
    room, camera = eyes
    room.start_watching()
    for reason in REASONS:
        camera.blind = reason
        time.sleep(14 if reason == "frozen" else 5)
        camera.blind = ""
        time.sleep(4)
    camera.width, camera.height = 960, 720
    camera.students = [HOPPER]
    room.wait_for_marks(HOPPER, seconds=60)
    camera.is_silent = True
    wait_for(lambda: room.states() == {"front": "failing"}, "the silence to be told", 60)
    camera.width, camera.height = 640, 480
    camera.is_silent = False
    camera.students = [HOPPER, COLLINS]
    room.wait_for_marks(COLLINS, seconds=90)
    time.sleep(2)
    room.stop()
    told = {row["reason"] for row in room.rows("SELECT reason FROM blind_span WHERE room_id = :room")}
    assert told >= set(REASONS)
    assert_true(room)


@pytest.fixture
def mute_port() -> Iterator[int]:
    """Somebody who takes calls and says nothing."""
    held = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with suppress(OSError):
                while True:
                    held.append(listener.accept())

        threading.Thread(target=take, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for caller, _ in held:
        caller.close()


@dataclass(frozen=True)
class Holding:
    """What the recognizer holds of the machine, but for its cameras' processes, which come and go."""

    files: int
    threads: int
    megabytes: float

    @classmethod
    def of(cls, daemon: Daemon) -> Holding:
        parent = daemon.process.pid
        children = map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
        processes = [Path(f"/proc/{pid}") for pid in (parent, *({*children} - {*daemon.children()}))]
        status = [dict(line.split(":", 1) for line in (each / "status").read_text().splitlines()) for each in processes]
        return cls(
            sum(len(list((each / "fd").iterdir())) for each in processes),
            sum(int(each["Threads"]) for each in status),
            sum(int(each["VmRSS"].split()[0]) for each in status) / 1024,
        )


def test_a_camera_that_restarts_again_and_again_beside_one_that_says_nothing_costs_nothing_for_good(
    break_room: Callable[..., BrokenRoom],
    demo_gallery: DemoGallery,
    portraits: dict[str, Path],
    rtsp_server: Callable[..., RtspCamera],
    mute_port: int,
) -> None:
    """The oracle has nothing to judge by: no script says who is shown when, for the server hands a clip's coded
    pictures on without writing down which of them each viewer was sent. So the test says itself what has to be there:
    one student marked, the camera's sight, and the other's blindness."""
    room = break_room(
        numbers=(HOPPER, COLLINS),
        cameras=("front", "mute"),
        gallery=demo_gallery.path.with_suffix(""),
        pace=PACE,
    )
    camera = rtsp_server(still_clip(portraits["hopper"], room.folder / "still.mp4"))
    room.sources = {"front": str(camera), "mute": f"rtsp://127.0.0.1:{mute_port}/room"}
    room.meet()
    daemon = room.start()
    wait_for(lambda: room.states().get("front") == "watching", "the camera", 60)
    held = None
    for number in range(RESTARTS):
        camera.unplug()
        wait_for(lambda: room.states()["front"] == "failing", "the failure to be told", 60)
        camera.plug_in()
        wait_for(lambda: room.states()["front"] == "watching", "the camera to be watched again", 90)
        if number == 0:
            held = Holding.of(daemon)
    now = Holding.of(daemon)
    assert held is not None
    assert now.files <= held.files + 2, f"{held} → {now}"
    assert now.threads <= held.threads, f"{held} → {now}"
    assert now.megabytes < held.megabytes + 10, f"{held} → {now}"
    room.wait_for_marks(HOPPER, seconds=60)
    assert room.states() == {"front": "watching", "mute": "failing"}
    assert len(daemon.children()) <= 2
    room.wait_for_delivery(seconds=60)
    room.stop()
    assert room.marked() == {HOPPER}
    blind = room.rows("SELECT camera_name, starts_at, ends_at FROM blind_span WHERE room_id = :room")
    assert {row["camera_name"] for row in blind} >= {"mute"}
    sight = [row["camera_name"] for row in room.rows("SELECT camera_name FROM sight WHERE room_id = :room")]
    sight += [content["camera_name"] for kind, content in waiting_in(daemon.state) if kind == "sight"]
    assert set(sight) == {"front"}


def still_clip(portrait: Path, path: Path) -> Path:
    """Two seconds of somebody who sits still, small and slow; a sensor's noise makes them live."""
    picture = cv2.resize(cv2.imread(str(portrait)), (400, 480))
    random = np.random.default_rng(3)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 5, (400, 480))
    for _ in range(10):
        writer.write(np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8))
    writer.release()
    return path
