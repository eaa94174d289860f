"""Real camera processes with a camera that needs no camera: their end, whatever brings it about."""

from __future__ import annotations

import os
import pickle
import re
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from recognizer.camera import process
from recognizer.camera.messages import Ended, Failed, Pulse
from recognizer.camera.orders import Pace, Stop
from recognizer.camera.process import watch
from recognizer.domain.following.detection import Frame
from recognizer.domain.following.geometry import Box
from recognizer.domain.register.attendance import Sighting
from recognizer.errors import CameraError
from recognizer.ops.turns import Turns
from recognizer.room.children import SpawnedChild
from tests.fakes import FakeCamera, FakeWatcher
from tests.fixtures.hearing import all_messages, next_message
from tests.fixtures.patience import only_long
from tests.fixtures.waiting import wait_for

ENDLESS = 10**9


def see_somebody(frame: Frame) -> list[Sighting]:
    return [Sighting("S1", frame.captured_at, "front", 0.3, None, None, 3, 1)]


def crash(frame: Frame) -> list[Sighting]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return []


def be_wrong(frame: Frame) -> list[Sighting]:
    raise ZeroDivisionError("a fault of ours")


def lose_the_disk(frame: Frame) -> list[Sighting]:
    raise OSError(28, "No space left on device")


def hang(frame: Frame) -> list[Sighting]:
    time.sleep(1000)
    return []


hoard: list[bytearray] = []


def grow(frame: Frame) -> list[Sighting]:
    """Keep 200 MB more, as a library that leaks."""
    hoard.append(bytearray(b"x") * (200 * 2**20))
    time.sleep(0.6)
    return []


def pause(frame: Frame) -> list[Sighting]:
    """Take so long that the next frame comes with a pulse."""
    time.sleep(0.6)
    return []


STEPS = {step.__name__: step for step in (see_somebody, crash, be_wrong, lose_the_disk, hang, grow, pause)}


def watch_fake(connection: Connection[Any, Any], step: str, frames: int, failure: str) -> None:
    """What runs in the child."""
    error = CameraError(failure) if failure else None
    watch(connection, lambda: (FakeWatcher(STEPS[step], faces=7), FakeCamera(frames, error)))


def watch_with_a_large_gallery(connection: Connection[Any, Any]) -> None:
    """What runs in the child; it ends after three frames, a pulse for each."""
    hoard.append(bytearray(b"x") * (800 * 2**20))
    watch(connection, lambda: (FakeWatcher(pause), FakeCamera(3, None)))


def watch_in_turns(connection: Connection[Any, Any], folder: Path) -> None:
    """What runs in the child: ten frames, with one turn for all."""
    process.LONGEST_WAIT_SECONDS, process.MOST_PASSED_OVER = 0.05, 4
    watch(connection, lambda: (FakeWatcher(see_somebody), FakeCamera(10, None)), turns=Turns(folder, 1))


def start(step: str = "see_somebody", frames: int = ENDLESS, failure: str = "") -> SpawnedChild:
    return SpawnedChild("front", watch_fake, step, frames, failure)


@pytest.fixture
def endless() -> Iterator[SpawnedChild]:
    child = start()
    yield child
    child.kill()


def next_sighting(child: SpawnedChild) -> Sighting:
    while not isinstance(message := next_message(child), Sighting):
        pass
    return message


def is_gone(child: SpawnedChild) -> bool:
    return wait_for(lambda: not child.is_alive(), "the child's end", 20)


def test_a_file_is_told_frame_by_frame_to_its_end() -> None:
    child = start(frames=3)

    heard = all_messages(child)

    assert isinstance(heard[0], Pulse)
    assert sum(isinstance(message, Sighting) for message in heard) == 3
    assert heard[-1] == Ended()
    assert is_gone(child)


def test_a_pulse_tells_of_looks_and_faces() -> None:
    child = SpawnedChild("front", watch_fake, "pause", 3, "")

    pulses = [message for message in all_messages(child) if isinstance(message, Pulse)]
    assert [(pulse.looks, pulse.faces) for pulse in pulses] == [(0, 7), (1, 7), (2, 7)]
    assert is_gone(child)


def test_a_sighting_carries_no_picture() -> None:
    """Eight cameras of full rooms send hundreds a second: each must be small."""
    sighting = Sighting(
        "S1001", datetime.fromisoformat("2026-03-02T09:00"), "front", 0.31, "S1002", 0.55, 5, 17, Box(1, 3, 4, 2)
    )

    assert len(pickle.dumps(sighting)) < 400


def test_a_stream_that_fails_says_why() -> None:
    child = start(frames=1, failure="camera front: rtsp://***@cam/1 stopped sending")

    assert all_messages(child)[-1] == Failed("camera front: rtsp://***@cam/1 stopped sending")
    assert is_gone(child)


def test_a_fault_of_ours_is_told_too() -> None:
    child = start("be_wrong")

    assert all_messages(child)[-1] == Failed("ZeroDivisionError: a fault of ours")
    assert is_gone(child)


def test_a_fault_of_the_system_keeps_its_reason() -> None:
    child = start("lose_the_disk")

    last = all_messages(child)[-1]
    assert isinstance(last, Failed)
    assert "No space left on device" in last.reason
    assert is_gone(child)


def test_one_whose_memory_grows_past_all_bounds_ends_between_two_frames() -> None:
    child = start("grow")

    last = all_messages(child)[-1]
    assert isinstance(last, Failed)
    assert re.fullmatch(r"its process has grown to [0-9]{3} MB and is replaced", last.reason)
    assert is_gone(child)


@only_long
def test_one_that_holds_much_from_the_start_is_left_alone() -> None:
    child = SpawnedChild("front", watch_with_a_large_gallery)

    assert all_messages(child)[-1] == Ended()
    assert is_gone(child)


def test_a_crash_is_the_end_of_the_pipe_and_named() -> None:
    child = start("crash")

    assert all(isinstance(message, Pulse) for message in all_messages(child))
    assert is_gone(child)
    assert child.how_it_ended() == "signal SIGSEGV"
    child.kill()


def test_it_stops_when_it_is_told_to(endless: SpawnedChild) -> None:
    next_message(endless)
    endless.connection.send(Stop())

    all_messages(endless)

    assert is_gone(endless)
    assert endless.how_it_ended() == "exit code 0"


def test_an_order_that_it_does_not_know_is_passed_over(endless: SpawnedChild) -> None:
    next_message(endless)
    endless.connection.send("look")

    for _ in range(50):
        next_message(endless)
    assert endless.is_alive()


def test_it_looks_as_seldom_as_it_is_told_to(endless: SpawnedChild) -> None:
    next_message(endless)
    endless.connection.send(Pace(5.0))
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        next_message(endless)

    seen_at = [next_sighting(endless).seen_at for _ in range(4)]

    assert (seen_at[-1] - seen_at[0]).total_seconds() > 0.5


def test_it_tells_how_busy_it_is_and_how_old_what_it_has_looked_at() -> None:
    pulses = [message for message in all_messages(start("pause", frames=4)) if isinstance(message, Pulse)]

    assert [round(pulse.busy_seconds / 0.6) for pulse in pulses] == [0, 1, 2, 3]
    assert all(0.6 <= pulse.lag_seconds < 1 for pulse in pulses[1:])


@pytest.mark.parametrize(("is_held", "looked_at"), [(True, 2), (False, 10)])
def test_a_frame_for_which_no_turn_comes_is_passed_over_but_not_for_ever(
    tmp_path: Path, is_held: bool, looked_at: int
) -> None:
    """Whoever holds the turn may hang: each fifth frame is looked at all the same."""
    with closing(Turns(tmp_path, 1)) as turns:
        assert not is_held or turns.take(0)
        heard = all_messages(SpawnedChild("front", watch_in_turns, tmp_path))
    assert sum(isinstance(message, Sighting) for message in heard) == looked_at
    assert heard[-1] == Ended()


def test_it_stops_when_the_parent_is_gone(endless: SpawnedChild) -> None:
    next_message(endless)
    endless.connection.close()

    assert is_gone(endless)


def test_even_one_that_hangs_ends_without_its_parent() -> None:
    child = start("hang")
    next_message(child)
    child.connection.close()

    assert is_gone(child)


def test_ctrl_c_is_left_to_the_parent_from_the_first_moment(endless: SpawnedChild) -> None:
    assert endless.pid
    os.kill(endless.pid, signal.SIGINT)
    next_message(endless)
    os.kill(endless.pid, signal.SIGINT)

    for _ in range(50):
        next_message(endless)
    assert endless.is_alive()


def test_sigterm_ends_it_in_order(endless: SpawnedChild) -> None:
    assert endless.pid
    next_message(endless)
    os.kill(endless.pid, signal.SIGTERM)

    all_messages(endless)

    assert is_gone(endless)
    assert endless.how_it_ended() == "exit code 0"


def test_killing_leaves_nothing(endless: SpawnedChild) -> None:
    endless.kill()

    assert not endless.is_alive()
    assert not Path(f"/proc/{endless.pid}").exists()
    endless.kill()
