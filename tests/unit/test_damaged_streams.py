"""Streams with damaged parts: a few are passed over, and many in a row are the end."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from itertools import count, cycle

import cv2
import numpy as np
import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.errors import CameraError
from recognizer.vision.capture.camera import OpenCVCamera
from recognizer.vision.capture.drain import MOST_FAILURES, Drain, UnreadableStream
from tests.fakes import FakeCapture
from tests.unit.test_capture import serve

NOISE = np.random.default_rng(1).integers(60, 180, (120, 160, 3), np.uint8)
WHOLE = cv2.imencode(".jpg", NOISE)[1].tobytes()
DAMAGED = (os.urandom(3000), b"", WHOLE[:300], WHOLE[: len(WHOLE) // 2])
"""Garbage, nothing, a head, and a picture that is cut off."""


def test_a_network_camera_with_a_damaged_part_now_and_then_is_watched_on() -> None:
    stop, damaged = threading.Event(), cycle(DAMAGED)

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=f")
        handler.end_headers()
        try:
            for number in count(1):
                part = next(damaged) if number % 5 == 0 else WHOLE
                handler.wfile.write(b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(part))
                handler.wfile.write(part + b"\r\n")
                if stop.wait(0.02):
                    return
        except OSError:
            return

    with (
        serve(send) as address,
        closing(OpenCVCamera(CameraConfig("front", address), read_seconds=10.0, most_per_second=1000.0)) as camera,
    ):
        frames = [camera.read() for _ in range(40)]
        stop.set()

    assert None not in frames


class FailingCapture(FakeCapture):
    """Fails so many grabs, or empties so many pictures, of every eleven or more."""

    def __init__(self, failures: Iterator[bool], empties: Iterator[bool]) -> None:
        super().__init__(np.zeros((4, 4, 3), np.uint8))
        self._failures, self._empties = failures, empties

    def grab(self) -> bool:
        return super().grab() and not next(self._failures, False)

    def retrieve(self) -> tuple[bool, np.ndarray | None]:
        super().retrieve()
        return True, np.zeros((0, 0, 3), np.uint8) if next(self._empties, False) else self.picture


def drain(failures: int = 0, empties: int = 0) -> Drain:
    capture = FailingCapture(iter([True] * failures), iter([True] * empties))
    return Drain(capture, reopen=None, frames_per_second=None, rest_seconds=0.0001)


def test_one_failure_less_than_too_many_is_passed_over() -> None:
    for stream in (drain(failures=MOST_FAILURES - 1), drain(empties=MOST_FAILURES - 1)):
        assert stream.newest(10.0) is not None
        stream.stop()


def test_too_many_failures_in_a_row_are_the_end() -> None:
    assert drain(failures=MOST_FAILURES).newest(10.0) is None
    with pytest.raises(UnreadableStream, match="empty pictures"):
        drain(empties=MOST_FAILURES).newest(10.0)


@pytest.mark.parametrize(("rotate", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_a_picture_is_turned_clockwise_before_anything_looks(rotate: int, corner: tuple[int, int], tmp_path) -> None:
    image = np.zeros((64, 96, 3), np.uint8)
    image[:16, :16] = 255
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (96, 64))
    writer.write(image)
    writer.release()

    with closing(OpenCVCamera(CameraConfig("front", str(path), "fast", rotate))) as camera:
        frame = camera.read()

    assert frame is not None
    assert frame.image.shape[:2] == ((64, 96) if rotate in (0, 180) else (96, 64))
    corners = {place: int(frame.image[place].mean()) for place in ((0, 0), (0, -1), (-1, -1), (-1, 0))}
    assert max(corners, key=corners.__getitem__) == corner


def test_a_stream_of_damaged_parts_alone_cannot_be_watched() -> None:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=f")
        handler.end_headers()
        for _ in range(30):
            handler.wfile.write(b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: 3000\r\n\r\n" + os.urandom(3000))

    def watch(address: str) -> None:
        with closing(OpenCVCamera(CameraConfig("front", address), open_seconds=5.0, read_seconds=2.0)) as camera:
            camera.read()

    with serve(send) as address, pytest.raises(CameraError):
        watch(address)
