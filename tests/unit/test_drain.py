"""Draining: a loop's end, what comes late, and when a source is opened anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.domain.following.detection import Image
from recognizer.errors import CameraError
from recognizer.vision.capture import camera as camera_module
from recognizer.vision.capture.camera import HELPED_SECONDS, OpenCVCamera
from recognizer.vision.capture.drain import Drain, UnreadableStream
from recognizer.vision.capture.key_frames import ONLY_KEY_FRAMES
from recognizer.vision.capture.lateness import MOST_BEHIND_SECONDS
from recognizer.vision.capture.opening import Opening

FRAME_SECONDS = 0.02


class Clip:
    """So many pictures, each of its own number, and then none."""

    def __init__(self, count: int) -> None:
        self.number, self.count, self.is_released = 0, count, False

    def grab(self) -> bool:
        self.number += self.number <= self.count
        return self.number <= self.count

    def retrieve(self) -> tuple[bool, Image]:
        return True, np.full((4, 4, 3), self.number, np.uint8)

    def release(self) -> None:
        self.is_released = True


def test_a_loop_is_opened_anew_at_each_end_and_the_last_opening_is_let_go() -> None:
    opened = [Clip(3)]

    def reopen() -> Clip:
        opened.append(Clip(3))
        return opened[-1]

    drain = Drain(opened[0], reopen=reopen, frames_per_second=200, rest_seconds=0.0)
    numbers = [image[0, 0, 0] for _ in range(10) if (image := drain.newest(10)) is not None]
    drain.stop()

    assert len(numbers) == 10
    assert set(numbers) <= {1, 2, 3}
    assert len(opened) >= 3
    assert all(clip.is_released for clip in opened)


def test_a_loop_whose_file_is_gone_or_empty_at_its_end_is_over_and_says_so() -> None:
    def gone() -> Clip:
        raise CameraError("does not exist")

    drain = Drain(Clip(2), reopen=gone, frames_per_second=200, rest_seconds=0.0)
    with pytest.raises(UnreadableStream, match="broke off"):
        for _ in range(100):
            drain.newest(10)
    drain.stop()

    drain = Drain(Clip(2), reopen=lambda: Clip(0), frames_per_second=200, rest_seconds=0.0)
    with pytest.raises(UnreadableStream, match="no frame that can be read"):
        for _ in range(100):
            drain.newest(10)
    drain.stop()


class Buffered:
    """A live stream whose pictures wait for whoever reads them slowly, as in the buffers of a network.

    ``hold`` says how long the grab of a picture takes besides.
    """

    def __init__(self, hold: Callable[[int], float]) -> None:
        self._hold, self._began_at = hold, time.monotonic()
        self.number = 0

    @property
    def position(self) -> float:
        return self.number * FRAME_SECONDS

    def grab(self) -> bool:
        self.number += 1
        time.sleep(self._hold(self.number))
        time.sleep(max(0.0, self._began_at + self.position - time.monotonic()))
        return True

    def retrieve(self) -> tuple[bool, Image]:
        image = np.zeros((4, 4, 3), np.uint8)
        image[0, 0, 0], image[0, 0, 1] = self.number & 255, self.number >> 8
        return True, image

    def release(self) -> None:
        pass


def number_of(image: Image) -> int:
    return int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])


def drain_of(stream: Buffered) -> Drain:
    return Drain(stream, reopen=None, frames_per_second=None, rest_seconds=0.0, position=lambda: stream.position)


def test_what_waited_while_the_process_was_held_up_is_left_out() -> None:
    held_at = 20
    stream = Buffered(lambda number: 1.5 if number == held_at else 0.0)
    drain = drain_of(stream)
    shown = []
    while not shown or shown[-1][0] < held_at:
        image = drain.newest(10)
        assert image is not None
        shown.append((number_of(image), drain.late_seconds))
    drain.stop()

    number, late = shown[-1]
    assert number > held_at + 0.3 / FRAME_SECONDS, "the pictures that waited came first"
    assert late <= MOST_BEHIND_SECONDS


def test_a_stream_that_is_always_read_too_slowly_is_shown_all_the_same_and_how_late_it_is() -> None:
    stream = Buffered(lambda number: 3 * FRAME_SECONDS)
    drain = drain_of(stream)
    late = 0.0
    until = time.monotonic() + 20
    while late <= MOST_BEHIND_SECONDS and time.monotonic() < until:
        assert drain.newest(10) is not None
        late = drain.late_seconds
    drain.stop()
    assert MOST_BEHIND_SECONDS < late < 10


class Slow:
    """A drain whose pictures come so late."""

    def __init__(self, late_seconds: float) -> None:
        self.late_seconds, self.is_stopped = late_seconds, False

    def newest(self, _: float) -> Image | None:
        return None if self.is_stopped else np.zeros((4, 4, 3), np.uint8)

    def stop(self, *_: float) -> None:
        self.is_stopped = True


class Unknown(Clip):
    """A source of which nobody knows anything."""

    def get(self, _: int) -> float:
        return 0.0


class Source:
    """A network camera that can be opened while ``answers``; with which options, and whose pictures come late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.options: list[str] = []
        self.drains: list[Slow] = []
        self.late_seconds, self.answers = 5.0, True
        monkeypatch.setattr(Opening, "open", self._open)
        monkeypatch.setattr(camera_module, "Drain", self._drain)
        monkeypatch.setattr(camera_module, "FormWatch", lambda *_: self)
        self.has_changed = False

    def _open(self, options: str = "") -> Any:
        if not self.answers:
            raise CameraError("camera front: it does not answer")
        self.options.append(options)
        return Unknown(3)

    def _drain(self, *_: object, **__: object) -> Slow:
        self.drains.append(Slow(self.late_seconds))
        return self.drains[-1]

    def take_change(self) -> bool:
        has_changed, self.has_changed = self.has_changed, False
        return has_changed

    def stop(self) -> None:
        """Ask no more."""


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    return Source(monkeypatch)


@pytest.fixture
def camera(source: Source) -> OpenCVCamera:
    return OpenCVCamera(CameraConfig("front", "rtsp://127.0.0.1/1"))


def lateness_of(camera: OpenCVCamera) -> float:
    frame = camera.read()
    assert frame is not None
    return frame.late_seconds


def test_a_late_stream_is_opened_anew_then_for_its_key_frames_alone_and_then_no_more_believed(
    camera: OpenCVCamera, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert [lateness_of(camera) for _ in range(4)] == [5.0, 5.0, 5.0, 0.0]
    assert source.options == ["", "", ONLY_KEY_FRAMES]
    assert [drain.is_stopped for drain in source.drains] == [True, True, False]
    for told in ("come 5.0 s late; it is opened anew", "its key frames alone are read", "the times that its stream"):
        assert caplog.text.count(told) == 1


def test_a_stream_that_was_helped_for_a_minute_is_helped_in_the_same_way_again(
    camera: OpenCVCamera, source: Source
) -> None:
    lateness_of(camera)
    camera._opened_anew_at -= HELPED_SECONDS + 1
    lateness_of(camera)
    assert source.options == ["", "", ""]


def test_a_stream_in_time_is_left_as_it_is(camera: OpenCVCamera, source: Source) -> None:
    source.drains[0].late_seconds = MOST_BEHIND_SECONDS
    for _ in range(5):
        lateness_of(camera)
    assert source.options == [""]


def test_a_camera_that_cannot_be_opened_anew_fails_with_its_reason_and_can_be_closed(
    camera: OpenCVCamera, source: Source
) -> None:
    source.answers, source.has_changed = False, True
    with pytest.raises(CameraError, match="does not answer"):
        camera.read()
    camera.close()
    camera.close()
    assert source.drains[0].is_stopped


def test_another_form_opens_the_source_anew_once(camera: OpenCVCamera, source: Source) -> None:
    source.drains[0].late_seconds = source.late_seconds = 0.0
    source.has_changed = True
    lateness_of(camera)
    lateness_of(camera)
    assert source.options == ["", ""]
