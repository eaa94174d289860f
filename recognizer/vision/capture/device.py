"""USB cameras: which device a source names now, and why it cannot be had, since OpenCV does not say."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
from pathlib import Path

_QUERYCAP, _REQBUFS = 0x80685600, 0xC0145608
"""VIDIOC_QUERYCAP and VIDIOC_REQBUFS of <linux/videodev2.h>."""

_CAPABILITY = struct.Struct("=80x4x2I12x")
"""struct v4l2_capability: what the whole camera can, and what this device of it can."""

_TELLS_DEVICE = 0x80000000
"""V4L2_CAP_DEVICE_CAPS: the second one is filled in."""

_NO_BUFFERS = struct.pack("=5I", 0, 1, 1, 0, 0)
"""struct v4l2_requestbuffers: none, for capture, in the driver's memory. It changes nothing, and only whoever may
stream is not refused."""

_CAPTURES = 0x1 | 0x1000
"""V4L2_CAP_VIDEO_CAPTURE and V4L2_CAP_VIDEO_CAPTURE_MPLANE."""

_UNPLUGGED = (errno.ENODEV, errno.ENXIO, errno.ENOENT)

SEE_THE_PLUG = "see that it is plugged in"


class NoDevice(Exception):
    """A device cannot be had; the message says why."""


def path_of(source: str | int) -> Path:
    """The path of a device that is named by it or by its index."""
    return Path(f"/dev/video{source}" if isinstance(source, int) else source)


def is_plugged_in(source: str | int) -> bool:
    """Whether the device is there. The links under /dev/v4l come and go with their camera."""
    return path_of(source).exists()


def number_of(source: str | int) -> int | str:
    """What OpenCV opens a device by, which may be another each time that it is plugged in. Raises NoDevice."""
    path = path_of(source)
    try:
        is_character_device = is_of_characters(path)
    except OSError:
        raise NoDevice(SEE_THE_PLUG) from None
    if not is_character_device:
        raise NoDevice("it is no camera")
    if not os.access(path, os.R_OK | os.W_OK):
        raise NoDevice("this user may not use it; add it to the group video")
    # By its number: OpenCV takes other names than /dev/videoN for files.
    name = path.resolve().name
    number = name.removeprefix("video")
    return int(number) if number != name and number.isdigit() else str(path)


def is_of_characters(path: Path) -> bool:
    """Whether it is a device of the kind that cameras are. Raises OSError where there is nothing."""
    return stat.S_ISCHR(path.stat().st_mode)


def explain_unopened(source: str | int) -> str:
    """Why OpenCV could not open a device that was there."""
    try:
        device = os.open(path_of(source), os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        return _explain(error)
    try:
        whole, own = _CAPABILITY.unpack(ask_driver(device, _QUERYCAP, bytes(_CAPABILITY.size)))
        if not (own if whole & _TELLS_DEVICE else whole) & _CAPTURES:
            return "it gives no pictures; of a camera's devices take the one that ends in -video-index0"
        ask_driver(device, _REQBUFS, _NO_BUFFERS)
    except OSError as error:
        return _explain(error)
    finally:
        os.close(device)
    return "it answers and gives no pictures that can be read"


def ask_driver(device: int, request: int, content: bytes) -> bytes:
    """What the driver of an open device answers. Raises OSError."""
    return fcntl.ioctl(device, request, content)


def _explain(error: OSError) -> str:
    if error.errno == errno.EBUSY:
        return "another program holds it"
    if error.errno in _UNPLUGGED:
        return SEE_THE_PLUG
    if error.errno == errno.ENOTTY:
        return "it is no camera"
    return f"its driver refuses ({error.strerror})"
