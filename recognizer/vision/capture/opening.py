"""Opening a source with OpenCV, and saying why one cannot be opened, since OpenCV does not."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import cv2

from recognizer.config.addresses import USUAL_PORTS, Address, BadAddress, parse_address
from recognizer.config.configuration import CameraConfig
from recognizer.config.keys import is_device
from recognizer.errors import CameraError
from recognizer.vision.capture.device import NoDevice, explain_unopened, number_of
from recognizer.vision.capture.reasons import explain_failure, explain_status
from recognizer.vision.capture.rtsp_answer import ask_for_video
from recognizer.vision.capture.web_pictures import MOST_PIXELS

NETWORK_PROTOCOLS = "rtsp,rtsps,rtp,srtp,tcp,udp,tls,http,https,httpproxy,crypto"
"""What FFmpeg may speak to a camera. Without the list a playlist from the network could name files of this machine."""

WEB_FORMATS = "mpegts,mpeg,mpegvideo,m4v,h264,hevc,mjpeg,mpjpeg,flv,live_flv,mov,matroska,webm,avi,asf,ogg"
"""The forms of video that an HTTP address may have, by FFmpeg's names: all but those that name other addresses."""

_FFMPEG_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"

_options_in_use = threading.Lock()
"""They are the process's: one thread at a time may open a source."""

_ASKING_SECONDS = 2.0

_NO_VIDEO = (
    "cannot be opened: it answers but sends no video that can be read; see the path, and that it is H.264 or H.265"
)


class Opening:
    """Opens one camera's source, as often as asked.

    parameters: cv2.VideoCapture's, such as time-outs. One process at a time may be opening: FFmpeg's options are the
    process's.
    """

    def __init__(self, config: CameraConfig, parameters: list[int]) -> None:
        self._config, self._parameters = config, parameters
        self._transport = "tcp"

    def open(self, more_options: str = "") -> cv2.VideoCapture:
        """A capture that is open. Raises CameraError with the reason, never with the password."""
        source = self._config.source
        if is_device(source):
            return self._open_device(source)
        if "://" in str(source):
            return self._open_address(str(source), more_options)
        path = Path(str(source))
        if not path.is_file():
            raise self.error("does not exist or is not a file")
        # The whole path: a name that begins like a protocol is then still a name.
        capture = self._open_with_ffmpeg(str(path.resolve()), "protocol_whitelist;file", more_options)
        if not capture.isOpened():
            raise self.error("cannot be opened: see that it is a video and that this user may read it")
        return self._of_a_size_that_is_taken(capture)

    def address(self) -> Address:
        """The network address, taken apart. Raises CameraError."""
        source = str(self._config.source)
        if source.partition("://")[0].lower() not in USUAL_PORTS:
            raise self.error(
                "has an unknown kind of address: expected " + ", ".join(f"{kind}://" for kind in USUAL_PORTS)
            )
        try:
            return parse_address(source)
        except BadAddress as problem:
            raise self.error(f"cannot be opened: {problem}") from None

    def error(self, problem: str) -> CameraError:
        """An error that names the camera and its address as it may be shown."""
        return CameraError(f"camera {self._config.name}: {self._config.address} {problem}")

    def _open_device(self, source: str | int) -> cv2.VideoCapture:
        try:
            capture = cv2.VideoCapture(number_of(source), cv2.CAP_V4L2)
            if not capture.isOpened():
                raise NoDevice(explain_unopened(source))
        except NoDevice as problem:
            raise self.error(f"cannot be opened: {problem}") from None
        return capture

    def _open_address(self, source: str, more_options: str) -> cv2.VideoCapture:
        address = self.address()
        capture = self._open_with_ffmpeg(source, *self._network_options(), more_options)
        if capture.isOpened():
            return self._of_a_size_that_is_taken(capture)
        reason, has_video = _ask_why(address)
        if has_video and self._transport == "tcp":
            # It has video and does not send it over TCP: some cameras speak UDP alone.
            self._transport = "udp"
            capture = self._open_with_ffmpeg(source, *self._network_options(), more_options)
            if capture.isOpened():
                return self._of_a_size_that_is_taken(capture)
            self._transport = "tcp"
        raise self.error(reason)

    def _of_a_size_that_is_taken(self, capture: cv2.VideoCapture) -> cv2.VideoCapture:
        """Before a picture is decoded: a short stream may hold pictures of gigabytes."""
        width, height = (int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height <= MOST_PIXELS:
            return capture
        capture.release()
        size, most = f"{width} × {height}", MOST_PIXELS // 10**6
        raise self.error(f"has pictures of {size}; at most {most} million pixels are taken: make them smaller")

    def _network_options(self) -> tuple[str, ...]:
        options = f"rtsp_transport;{self._transport}", f"protocol_whitelist;{NETWORK_PROTOCOLS}"
        if not str(self._config.source).lower().startswith("http"):
            return options
        # A camera must not send this machine elsewhere: neither by a redirect nor by a playlist.
        return *options, f"format_whitelist;{WEB_FORMATS}", "max_redirects;0"

    def _open_with_ffmpeg(self, source: str, *options: str) -> cv2.VideoCapture:
        # Time-outs as open parameters: set() after opening has no effect, nor have most names in the options.
        # They are read from the environment while it opens, and then taken back: they bar what others may open.
        with _options_in_use:
            before = os.environ.get(_FFMPEG_OPTIONS)
            os.environ[_FFMPEG_OPTIONS] = "|".join(filter(None, options))
            try:
                return cv2.VideoCapture(source, cv2.CAP_FFMPEG, self._parameters)
            finally:
                if before is None:
                    del os.environ[_FFMPEG_OPTIONS]
                else:
                    os.environ[_FFMPEG_OPTIONS] = before


def silence_libraries() -> None:
    """Let OpenCV and FFmpeg print nothing: the address might stand in it, with its password."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    os.environ.pop("OPENCV_FFMPEG_DEBUG", None)


def _ask_why(address: Address) -> tuple[str, bool]:
    """Why an address did not open, and whether it is an RTSP camera that says it has video."""
    if address.scheme not in ("rtsp", "rtsps"):
        return _NO_VIDEO, False
    try:
        status, has_video = ask_for_video(address, _ASKING_SECONDS)
    except (OSError, ValueError) as error:
        return explain_failure(error, address), False
    if status != 200:
        return explain_status(status, address), False
    return (_NO_VIDEO, True) if has_video else ("cannot be opened: it answers and has no video there", False)
