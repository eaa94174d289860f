"""Capture: frames from network cameras, USB cameras and video files, through OpenCV."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta
from pathlib import Path

import cv2

from recognizer.config.addresses import BadAddress, parse_address
from recognizer.config.configuration import CameraConfig
from recognizer.domain.following.detection import Frame, Image
from recognizer.errors import CameraError
from recognizer.ops.clock import utc_now
from recognizer.ops.systemd import explain_denied_address
from recognizer.vision.capture.drain import MOST_FAILURES, Drain, UnreadableStream, image_of
from recognizer.vision.capture.key_frames import ONLY_KEY_FRAMES, come_in_time, key_frame_seconds, position_of

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""The kinds of address that are opened, and their usual ports."""

NETWORK_PROTOCOLS = "rtsp,rtsps,rtp,srtp,tcp,udp,tls,http,https,httpproxy,crypto"
"""What FFmpeg may speak to a camera. Without the list a playlist from the network could name files of this machine."""

_FFMPEG_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}

UNKNOWN_RATE = 25.0
"""Frames a second of a file that does not say."""


class OpenCVCamera:
    """A camera, opened when made. One process at a time may be making one: FFmpeg's options are the process's.

    Frames are given ``most_per_second`` times a second at the most, and only those are turned into pictures: nobody
    looks at more. Of a network camera, and of a file played fast, the key frames alone are decoded where they come
    often enough (``key_frames``). Live sources and files in real time are drained by a thread. ``position_seconds`` is
    monotonic time, and stream time for a file played fast. ``threads`` decode. Raises CameraError, without the source's
    password, when it cannot be opened.
    """

    def __init__(
        self,
        config: CameraConfig,
        *,
        open_seconds: float = 10.0,
        read_seconds: float = 10.0,
        most_per_second: float = 10.0,
        threads: int = 1,
    ) -> None:
        self._config = config
        self._read_seconds = read_seconds
        self._options = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            round(open_seconds * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(read_seconds * 1000),
            # Left to itself FFmpeg takes a thread for every core, and a sixth more time in all.
            cv2.CAP_PROP_N_THREADS,
            threads,
        ]
        self._opened_at = utc_now()
        self._frames = 0
        self._rest_seconds = 1.0 / most_per_second
        self._due_at = 0.0
        self._is_closed = False
        _silence_libraries()
        self._capture = self._open()
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._rate = rate if 1.0 <= rate <= 240.0 else UNKNOWN_RATE
        self._key_frame_seconds: float | None = None
        if not isinstance(config.source, int) and config.play in ("live", "fast"):
            self._prefer_key_frames()
        self._drain: Drain | None = None
        if config.play != "fast":
            self._drain = Drain(
                self._capture,
                reopen=self._open if config.play == "loop" else None,
                frames_per_second=None if config.play == "live" else self._rate,
                rest_seconds=self._rest_seconds - (self._key_frame_seconds or 0.0) / 2,
            )

    def read(self) -> Frame | None:
        """The newest frame, RGB; None at the end of a file. Raises CameraError when the stream is dead or stuck."""
        if self._is_closed:
            raise self._error("was closed")
        try:
            return self._read_due_frame() if self._drain is None else self._read_newest(self._drain)
        except UnreadableStream as problem:
            raise self._error(str(problem)) from None

    def close(self) -> None:
        """Let go of the source, within about two seconds even when it hangs; safe to call twice."""
        self._is_closed = True
        if self._drain is None:
            self._capture.release()
        else:
            self._drain.stop()

    def _read_due_frame(self) -> Frame | None:
        failures = 0
        while failures < MOST_FAILURES:
            if not self._capture.grab():
                failures += 1
                continue
            failures = 0
            position, frame_seconds = self._frames / self._rate, 1 / self._rate
            if self._key_frame_seconds is not None:
                position, frame_seconds = position_of(self._capture), self._key_frame_seconds
            self._frames += 1
            # With half a frame's grace: a rate that is no multiple of the frames' must not drift from its beat.
            if position + frame_seconds / 2 > self._due_at:
                self._due_at += self._rest_seconds
                return Frame(
                    self._upright(image_of(self._capture)), self._opened_at + timedelta(seconds=position), position
                )
        return self._ended()

    def _read_newest(self, drain: Drain) -> Frame | None:
        image = drain.newest(self._read_seconds)
        if image is None:
            return self._ended()
        self._frames += 1
        return Frame(self._upright(image), utc_now(), time.monotonic())

    def _upright(self, image: Image) -> Image:
        """The picture as RGB, turned as configured."""
        # Not image[:, :, ::-1]: dlib refuses views with negative strides.
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        return rgb if self._config.rotate == 0 else cv2.rotate(rgb, _TURNS[self._config.rotate])  # type: ignore[return-value]

    def _ended(self) -> Frame | None:
        """None, since a file has an end; but a live stream broke, and a file without one frame is no video."""
        if self._config.play == "live":
            raise self._error("stopped sending")
        if self._frames == 0 and self._drain is None:
            raise self._error("holds no frame that can be read")
        return None

    def _prefer_key_frames(self) -> None:
        """Go over to the key frames alone where they come often enough for the looks."""
        seconds = key_frame_seconds(self._capture, self._rest_seconds)
        if seconds is not None:
            self._take_key_frames(seconds)
        if self._config.play == "fast":
            # From the beginning: some frames are gone.
            self._capture.release()
            self._capture = self._open("" if self._key_frame_seconds is None else ONLY_KEY_FRAMES)

    def _take_key_frames(self, seconds: float) -> None:
        """Open the source again for its key frames. The first connection stays until they come: some cameras serve only
        one viewer at a time."""
        try:
            capture = self._open(ONLY_KEY_FRAMES)
        except CameraError:
            return
        if come_in_time(capture, self._rest_seconds):
            self._capture, capture = capture, self._capture
            self._key_frame_seconds = seconds
        capture.release()

    def _open(self, more_options: str = "") -> cv2.VideoCapture:
        source = self._config.source
        if isinstance(source, int):
            capture = cv2.VideoCapture(source)
            failure = "cannot be opened: see that it is plugged in and that this user is in the group video"
        elif "://" in source:
            self._require_known_scheme(source)
            options = f"rtsp_transport;tcp|protocol_whitelist;{NETWORK_PROTOCOLS}"
            capture = self._open_with_ffmpeg(source, options, more_options)
            failure = "" if capture.isOpened() else _diagnosis(source)
        else:
            path = Path(source)
            if not path.is_file():
                raise self._error("does not exist or is not a file")
            # The whole path: a name that begins like a protocol is then still a name.
            capture = self._open_with_ffmpeg(str(path.resolve()), "protocol_whitelist;file", more_options)
            failure = "cannot be opened: see that it is a video and that this user may read it"
        if not capture.isOpened():
            raise self._error(failure)
        return capture

    def _open_with_ffmpeg(self, source: str, *options: str) -> cv2.VideoCapture:
        # Time-outs as open parameters: set() after opening has no effect, nor have most names in the options.
        # They are read from the environment while it opens, and then taken back: they bar what others may open.
        before = os.environ.get(_FFMPEG_OPTIONS)
        os.environ[_FFMPEG_OPTIONS] = "|".join(filter(None, options))
        try:
            return cv2.VideoCapture(source, cv2.CAP_FFMPEG, self._options)
        finally:
            if before is None:
                del os.environ[_FFMPEG_OPTIONS]
            else:
                os.environ[_FFMPEG_OPTIONS] = before

    def _require_known_scheme(self, source: str) -> None:
        if source.partition("://")[0].lower() not in PORTS:
            raise self._error("has an unknown kind of address: expected " + ", ".join(f"{kind}://" for kind in PORTS))

    def _error(self, problem: str) -> CameraError:
        return CameraError(f"camera {self._config.name}: {self._config.address} {problem}")


def _silence_libraries() -> None:
    """Let OpenCV and FFmpeg print nothing: the address might stand in it, with its password."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    os.environ.pop("OPENCV_FFMPEG_DEBUG", None)


def _diagnosis(source: str) -> str:
    """Why an address may not have opened, since OpenCV does not say; never names user or password."""
    try:
        address = parse_address(source)
    except BadAddress as problem:
        return f"cannot be opened: {problem}"
    host, port = address.host, address.port or PORTS[address.scheme]
    try:
        socket.create_connection((host, port), timeout=2.0).close()
    except OSError as error:
        reason = (error.strerror or "no answer") + explain_denied_address(error)
        return f"cannot be opened: {host} does not answer on port {port} ({reason}); see that the camera is on"
    return f"cannot be opened: {host} answers on port {port} but sends no video; check user, password and path"
