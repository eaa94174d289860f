"""A camera seen from the parent: started, heard, killed, and started again, in a time that the test moves."""

from __future__ import annotations

import json
import logging
import pickle
import threading
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from recognizer.camera.log_relay import RelayHandler
from recognizer.camera.messages import Ended, Failed, Logged, Pulse
from recognizer.camera.orders import Stop
from recognizer.domain.register.attendance import Sighting
from recognizer.ops.clock import Clock
from recognizer.ops.log_limit import BURST
from recognizer.ops.logging import JsonFormatter
from recognizer.room.supervision import START_SECONDS, CameraSupervisor
from tests.fakes import FakeChild, FakeClock
from tests.unit.test_log import Log

AT = datetime(2026, 10, 5, 9, 0)  # noqa: DTZ001 - naive UTC
SIGHTING = Sighting("S1", AT, "front", 0.3, None, None, 3, 1)


class Watch:
    """A supervisor, and the children that it has started."""

    def __init__(self) -> None:
        self.clock = FakeClock(AT)
        self.children: list[FakeChild] = []
        clock = Clock(self.clock.now, self.clock.monotonic)
        self.camera = CameraSupervisor("front", "rtsp://***@cam/1", self._start, clock, self.clock.monotonic)

    def _start(self) -> FakeChild:
        self.children.append(FakeChild())
        return self.children[-1]

    def turn(self, is_wanted: bool = True) -> list[Sighting]:
        self.camera.tend(is_wanted)
        return self.camera.listen()


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_camera_that_is_not_wanted_rests(watch: Watch) -> None:
    watch.turn(is_wanted=False)

    assert (watch.camera.state, watch.children) == ("resting", [])


def test_a_wanted_camera_is_started_once_and_watched_from_its_first_frame(watch: Watch) -> None:
    watch.turn()
    watch.turn()
    assert (watch.camera.state, len(watch.children)) == ("starting", 1)

    watch.children[0].mouth.send(Pulse(AT, watch.clock.monotonic()))
    watch.children[0].mouth.send(SIGHTING)

    assert watch.turn() == [SIGHTING]
    assert (watch.camera.state, watch.camera.last_frame_at) == ("watching", AT)


def test_a_child_that_dies_is_started_again_for_ever_after_waits_up_to_a_minute(watch: Watch) -> None:
    starts = []
    for _ in range(4000):
        before = len(watch.children)
        watch.turn()
        if len(watch.children) > before:
            starts.append(watch.clock.monotonic())
            watch.children[-1].die()
            watch.turn()
            assert watch.camera.state == "failing"
        watch.clock.pass_by(0.1)

    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert [round(wait) for wait in waits[:8]] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert round(waits[-1]) == 60


def test_a_camera_whose_process_cannot_be_started_fails_and_is_tried_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> FakeChild:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(watch.camera, "_start", refuse)
    watch.turn()
    assert (watch.camera.state, watch.children) == ("failing", [])
    assert "its process cannot be started (Resource temporarily unavailable); trying again" in caplog.text

    monkeypatch.setattr(watch.camera, "_start", watch._start)
    watch.clock.pass_by(20)
    watch.turn()
    assert len(watch.children) == 1


def test_the_log_says_once_that_a_camera_is_blind_and_why_and_that_it_sees_again(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watch.turn()
    for reason in ("dark", "dark", "covered", "", ""):
        watch.children[0].mouth.send(Pulse(AT, watch.clock.monotonic(), reason))
        watch.turn()

    said = [record.getMessage() for record in caplog.records]
    assert said[said.index("camera front is watched") + 1 :] == [
        "camera front can see or name nobody: its picture is dark",
        "camera front can see or name nobody: it is covered",
        "camera front can see again",
    ]


def test_a_child_that_says_what_no_camera_says_is_ended_and_started_again(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.turn()
    watch.children[0].mouth.send(Pulse(AT, watch.clock.monotonic()))
    watch.turn()
    watch.children[0].mouth.mumble(pickle.dumps(SIGHTING) + b"\n")

    assert watch.turn() == []

    assert watch.children[0].was_killed
    assert "camera front fails: its process said what no camera's process says, and was ended" in caplog.text
    watch.clock.pass_by(2)
    watch.turn()
    assert len(watch.children) == 2


def test_a_child_that_says_more_and_more_is_heard_in_turns(watch: Watch) -> None:
    """The parent has other cameras, and a watchdog."""
    watch.turn()
    child = watch.children[0]
    message = Pulse(AT, watch.clock.monotonic())

    def chatter() -> None:
        with suppress(OSError):
            while True:
                child.mouth.send(message)

    threading.Thread(target=chatter, daemon=True).start()

    watch.camera.listen()

    assert child.connection.poll(5), "there is more, and the parent turned to something else"
    watch.camera.kill()


def test_a_failure_is_told_until_a_frame_comes(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    watch.turn()
    watch.children[0].mouth.send(Failed("camera front: rtsp://***@cam/1 stopped sending"))
    watch.children[0].die()
    watch.turn()
    assert "camera front fails: rtsp://***@cam/1 stopped sending; trying again in 1 s" in caplog.text
    states = []
    for _ in range(2):
        watch.clock.pass_by(1)
        watch.turn()
        states.append(watch.camera.state)
        watch.children[1].mouth.send(Pulse(AT, watch.clock.monotonic()))

    assert states == ["failing", "watching"]


def test_a_camera_that_was_well_for_a_minute_is_tried_again_soon(watch: Watch) -> None:
    for _ in range(4):
        watch.turn()
        watch.children[-1].die()
        watch.turn()
        watch.clock.pass_by(15)
    watch.turn()
    for _ in range(8):
        watch.children[-1].mouth.send(Pulse(AT, watch.clock.monotonic()))
        watch.clock.pass_by(14)
        watch.turn()
    watch.children[-1].mouth.send(Pulse(AT, watch.clock.monotonic()))
    watch.turn()
    watch.children[-1].die()
    watch.turn()
    watch.clock.pass_by(1)
    count = len(watch.children)
    watch.turn()

    assert len(watch.children) == count + 1


def test_a_child_that_hangs_is_killed_and_started_again(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    watch.turn()
    watch.children[0].mouth.send(Pulse(AT, watch.clock.monotonic()))
    watch.turn()
    watch.clock.pass_by(14)
    watch.turn()
    assert not watch.children[0].was_killed

    watch.clock.pass_by(1)
    watch.turn()

    assert watch.children[0].was_killed
    assert "it hangs" in caplog.text
    watch.clock.pass_by(1)
    watch.turn()
    assert len(watch.children) == 2


def test_a_child_is_not_killed_because_the_parent_was_held_up(watch: Watch) -> None:
    watch.turn()
    watch.children[0].mouth.send(SIGHTING)
    watch.clock.pass_by(600)

    assert watch.turn() == [SIGHTING]
    watch.turn()
    assert not watch.children[0].was_killed


def test_a_child_that_never_gets_going_is_killed(watch: Watch) -> None:
    watch.turn()
    watch.clock.pass_by(60)
    watch.turn()

    assert watch.children[0].was_killed
    assert watch.camera.state == "failing"


def test_a_file_that_ended_is_not_played_again(watch: Watch) -> None:
    watch.turn()
    watch.children[0].mouth.send(SIGHTING)
    watch.children[0].mouth.send(Ended())
    watch.children[0].die()

    assert watch.turn() == [SIGHTING]
    watch.clock.pass_by(100)
    watch.turn()
    watch.turn(is_wanted=False)
    assert (watch.camera.has_ended, watch.camera.is_running, watch.camera.state) == (True, False, "stopped")
    assert len(watch.children) == 1


def test_after_the_lesson_the_child_is_asked_to_stop_and_killed_if_it_does_not(watch: Watch) -> None:
    watch.turn()
    watch.turn(is_wanted=False)
    assert watch.children[0].mouth.recv() == Stop()
    watch.children[0].mouth.send(SIGHTING)
    assert watch.turn(is_wanted=False) == [SIGHTING]
    watch.clock.pass_by(3)
    watch.turn(is_wanted=False)
    watch.turn(is_wanted=False)

    assert watch.children[0].was_killed
    assert (watch.camera.state, watch.camera.is_running) == ("resting", False)


def test_killing_still_hears_what_was_said(watch: Watch) -> None:
    watch.turn()
    watch.children[0].mouth.send(SIGHTING)

    assert watch.camera.kill() == [SIGHTING]
    assert not watch.camera.is_running


def test_its_word_tells_how_often_it_is_looked_at_and_how_many_faces_are_in_sight(watch: Watch) -> None:
    watch.turn()
    for look in range(40):
        watch.children[0].mouth.send(Pulse(AT, watch.clock.monotonic(), looks=look, faces=look // 10))
        watch.turn()
        watch.clock.pass_by(0.5)
    word = watch.camera.word
    assert (word.looks_per_second, word.faces, word.looks) == (2.0, 3, 39)

    watch.children[0].die()
    watch.turn()
    word = watch.camera.word
    assert (word.looks_per_second, word.faces, word.looks) == (None, None, 39)


def test_its_word_tells_since_when_it_is_so_however_often_it_is_tried_again(watch: Watch) -> None:
    watch.turn()
    watch.children[0].die()
    failed_at = watch.clock.monotonic()
    for _ in range(60):
        watch.turn()
        for child in watch.children:
            child.die()
        watch.clock.pass_by(10)
    word = watch.camera.word
    assert (word.state, word.changed_at, word.failures) == ("failing", failed_at, len(watch.children))

    watch.clock.pass_by(60)
    watch.turn()
    watch.children[-1].mouth.send(Pulse(AT, watch.clock.monotonic()))
    watch.turn()
    assert (watch.camera.word.state, watch.camera.word.changed_at) == ("watching", watch.clock.monotonic())


def test_its_last_error_is_one_line_without_a_secret_until_it_was_well_for_a_minute(watch: Watch) -> None:
    watch.turn()
    watch.children[0].mouth.send(Failed("camera front: rtsp://viewer:hunter2@cam/1\n\x1b[31m" + "no " * 200))
    watch.children[0].die()
    watch.turn()
    error = watch.camera.word.last_error
    assert error.startswith("rtsp://***@cam/1 [31mno no")
    assert len(error) == 200

    watch.clock.pass_by(1)
    watch.turn()
    for _ in range(7):
        assert watch.camera.word.last_error == error
        watch.children[-1].mouth.send(Pulse(AT, watch.clock.monotonic()))
        watch.turn()
        watch.clock.pass_by(10)
    assert watch.camera.word.last_error == ""


def test_a_fault_of_ours_is_logged_by_the_parent_with_its_traceback(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.turn()
    watch.children[0].mouth.send(Failed("ZeroDivisionError: a fault", "Traceback (most recent call last): …"))
    watch.children[0].die()
    watch.turn()
    assert "a camera's process failed: Traceback (most recent call last)" in caplog.text
    assert "camera front fails: ZeroDivisionError: a fault; trying again" in caplog.text


def test_what_the_processes_of_a_camera_log_again_and_again_is_left_out_across_their_restarts(watch: Watch) -> None:
    log = Log()
    logger = logging.getLogger("recognizer.vision.capture.test")
    logger.addHandler(log.handler)
    try:
        for _ in range(3 * BURST):
            while watch.camera.connection is None:
                watch.turn()
                watch.clock.pass_by(1)
            said = logging.Logger(logger.name)
            said.addHandler(RelayHandler(watch.children[-1].mouth.connection))
            said.warning(
                "camera %s: its key frames come too seldom now, %.1f s apart", "front", watch.clock.monotonic()
            )
            watch.children[-1].die()
            watch.turn()
    finally:
        logger.removeHandler(log.handler)
        log.handler.close()
    assert len(log.lines) == BURST + 1
    assert f"{2 * BURST - 1} more like this were left out before" in log.lines[-1]


def test_a_line_of_a_cameras_process_keeps_its_traceback_level_time_and_event(watch: Watch) -> None:
    log = Log(JsonFormatter(for_journal=False, room="A 101"))
    logger = logging.getLogger("recognizer.vision.capture.test")
    logger.addHandler(log.handler)
    watch.turn()
    said = logging.Logger(logger.name)
    said.addHandler(RelayHandler(watch.children[-1].mouth.connection))
    said.error("%d of %s", "rtsp://viewer:hunter2@cam/1", "more")
    said.warning("%(name)s at %(size).1f", {"name": "front", "size": 1.25})
    try:
        Path("/none/such").read_text()
    except OSError:
        said.exception("it is not at %s", Path("/none/such"), extra={"event": "camera reopened"})
    watch.turn()
    logger.removeHandler(log.handler)
    faulty, named, entry = map(json.loads, log.lines)
    assert faulty["message"] == "a line of the log could not be written: TypeError, from test_supervision.py"
    assert named["message"] == "front at 1.2"
    assert (entry["level"], entry["message"], entry["event"]) == ("error", "it is not at /none/such", "camera reopened")
    assert "FileNotFoundError" in entry["exception"]


def test_a_line_of_the_log_is_no_progress(watch: Watch) -> None:
    watch.turn()
    watch.clock.pass_by(START_SECONDS - 1)
    watch.children[0].mouth.send(Logged.of(logging.LogRecord("recognizer.test", 20, "", 0, "still here", (), None)))
    watch.turn()
    watch.clock.pass_by(2)
    watch.turn()
    assert watch.children[0].was_killed
