"""USB cameras by their stable path: unplugged, back under another number, busy; each told as it is.

There is no camera here. Made-up nodes stand for devices, and OpenCV and the driver answer as they do for real ones.
"""

from __future__ import annotations

import errno
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.errors import CameraError
from recognizer.vision.capture import device
from recognizer.vision.capture.camera import OpenCVCamera

PICTURES, NO_PICTURES = 0x1, 0x800000
"""V4L2_CAP_VIDEO_CAPTURE, and V4L2_CAP_META_CAPTURE, which the second device of many a camera has."""


class Bus:
    """Devices below a folder of /dev that anybody may write to; a link by the camera's name leads to its node."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.link = folder / "by-id-video-index0"
        self.node: Path | None = None
        self.capabilities, self.refusal = PICTURES, 0
        self.opened: list[int | str] = []

    def plug_in(self, number: int) -> None:
        self.node = self._folder / f"video{number}"
        self.node.touch()
        self.link.symlink_to(self.node)

    def unplug(self) -> None:
        assert self.node is not None
        self.link.unlink()
        self.node.unlink()
        self.node = None

    def open(self, number: int | str, *_: object) -> MadeUpCapture:
        self.opened.append(number)
        return MadeUpCapture(self)

    def answer(self, _: int, request: int, content: bytes) -> bytes:
        """As the kernel does, whoever asks a driver."""
        if request == 0x80685600:
            assert len(content) == 104
            return struct.pack(
                "=16s32s32s6I", b"uvcvideo", b"Camera", b"usb", 0, 0x80000001, self.capabilities, 0, 0, 0
            )
        if self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        return content


class MadeUpCapture:
    """What cv2.VideoCapture is of a device."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self._node = bus, bus.node

    def isOpened(self) -> bool:
        return self._bus.capabilities == PICTURES and not self._bus.refusal

    def get(self, _: int) -> float:
        return 0.0

    def grab(self) -> bool:
        time.sleep(0.01)
        return self._node is not None and self._node.exists()

    def retrieve(self) -> tuple[bool, cv2.typing.MatLike]:
        return True, np.full((48, 64, 3), 90, np.uint8)

    def release(self) -> None: ...


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    folder = Path(tempfile.mkdtemp(prefix="rollcall-usb-", dir="/dev/shm"))
    bus = Bus(folder)
    monkeypatch.setattr(cv2, "VideoCapture", bus.open)
    monkeypatch.setattr(device, "is_of_characters", lambda path: path.stat().st_size == 0)
    monkeypatch.setattr(device, "ask_driver", bus.answer)
    yield bus
    shutil.rmtree(folder)


def camera(bus: Bus) -> OpenCVCamera:
    return OpenCVCamera(CameraConfig("front", str(bus.link)), read_seconds=2.0)


def why_not(bus: Bus) -> str:
    with pytest.raises(CameraError) as caught:
        camera(bus)
    return str(caught.value)


def test_a_camera_that_is_pulled_out_and_comes_back_under_another_number_is_read_again(bus: Bus) -> None:
    bus.plug_in(0)
    before = camera(bus)
    assert before.read() is not None
    bus.unplug()
    with pytest.raises(CameraError, match="is gone: see that it is plugged in"):
        for _ in range(50):
            before.read()
    before.close()
    assert why_not(bus).endswith(f"{bus.link} cannot be opened: see that it is plugged in")
    bus.plug_in(2)
    after = camera(bus)
    assert after.read() is not None
    after.close()
    assert bus.opened == [0, 2]


def test_a_camera_that_is_there_and_sends_nothing_more_is_not_called_unplugged(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.plug_in(0)
    watched = camera(bus)
    assert watched.read() is not None
    monkeypatch.setattr(MadeUpCapture, "grab", lambda _: False)
    with pytest.raises(CameraError, match="stopped sending"):
        for _ in range(50):
            watched.read()
    watched.close()


def test_a_camera_that_another_program_holds_is_called_busy_and_read_once_it_is_free(bus: Bus) -> None:
    bus.plug_in(0)
    bus.refusal = errno.EBUSY
    assert why_not(bus).endswith("cannot be opened: another program holds it")
    bus.refusal = 0
    watched = camera(bus)
    assert watched.read() is not None
    watched.close()


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (errno.ENODEV, "see that it is plugged in"),
        (errno.ENOTTY, "it is no camera"),
        (errno.EIO, "its driver refuses (Input/output error)"),
    ],
)
def test_what_a_driver_refuses_is_told_as_it_is(bus: Bus, refusal: int, reason: str) -> None:
    bus.plug_in(0)
    bus.refusal = refusal
    assert why_not(bus).endswith(f"cannot be opened: {reason}")


def test_a_cameras_other_device_is_told_from_the_one_that_gives_pictures(bus: Bus) -> None:
    bus.plug_in(1)
    bus.capabilities = NO_PICTURES
    assert "take the one that ends in -video-index0" in why_not(bus)


def test_what_is_no_camera_is_told_by_the_kernel_itself() -> None:
    with pytest.raises(CameraError, match="/dev/v4l/by-id/none cannot be opened: see that it is plugged in"):
        OpenCVCamera(CameraConfig("front", "/dev/v4l/by-id/none"))
    with pytest.raises(CameraError, match="/dev/null cannot be opened: it is no camera"):
        OpenCVCamera(CameraConfig("front", "/dev/null"))


def test_a_device_of_another_group_is_told_so(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    bus.plug_in(0)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert why_not(bus).endswith("this user may not use it; add it to the group video")


def test_a_device_that_is_no_camera_is_not_taken_for_the_camera_with_its_number() -> None:
    both = os.openpty()
    try:
        terminal = os.ttyname(both[1])
        assert Path(terminal).name.isdigit()
        assert device.number_of(terminal) == terminal
    finally:
        for each in both:
            os.close(each)
