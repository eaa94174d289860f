"""Capture: frames from network cameras, USB cameras and video files, through OpenCV."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from functools import partial

import cv2

from recognizer.config.configuration import CameraConfig
from recognizer.config.keys import is_device
from recognizer.domain.following.detection import Frame, Image
from recognizer.errors import CameraError
from recognizer.ops.clock import utc_now
from recognizer.vision.capture.device import SEE_THE_PLUG, is_plugged_in
from recognizer.vision.capture.drain import MOST_FAILURES, Drain, UnreadableStream, image_of
from recognizer.vision.capture.form import (
    ASKED_EVERY_SECONDS,
    OPENED_EVERY_SECONDS,
    DescribedForm,
    FormWatch,
    form_of,
    form_when_opened,
)
from recognizer.vision.capture.key_frames import ONLY_KEY_FRAMES, come_in_time, key_frame_seconds, position_of
from recognizer.vision.capture.lateness import MOST_BEHIND_SECONDS
from recognizer.vision.capture.opening import Opening, silence_libraries
from recognizer.vision.capture.web_pictures import NoWebPictures, Refused, WebPictures

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}

log = logging.getLogger(__name__)

MOST_LATE = 2.4
"""A key frame may keep a look waiting for so many times the time between two looks: twice MOST_OVERDUE."""

LATE_IN_A_ROW = 2
"""So many that come later are no hiccup of the network."""

HELPED_SECONDS = 60.0
"""A source that was opened anew and is late again sooner was not helped by it."""

SOONEST_POLL = 0.2
"""Seconds between two fetches of a still picture at the least: a camera makes each one anew."""

UNKNOWN_RATE = 25.0
"""Frames a second of a file that does not say."""


class OpenCVCamera:
    """A camera, opened when made. One process at a time may be making one: FFmpeg's options are the process's.

    Frames are given ``most_per_second`` times a second at the most, and only those are turned into pictures: nobody
    looks at more. JPEG pictures over HTTP are read by ``web_pictures``, in whatever size each of them has, and all else
    by OpenCV: of a network camera, and of a file played fast, the key frames alone where they come often enough
    (``key_frames``). Live sources and files in real time are drained by a thread. ``position_seconds`` is monotonic
    time, and stream time for a file played fast. ``threads`` decode. Raises CameraError, without the source's password,
    when it cannot be opened.
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
        parameters = [
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
        silence_libraries()
        self._shape: tuple[int, ...] | None = None
        self._rate = UNKNOWN_RATE
        self._key_frame_seconds: float | None = None
        self._opening = Opening(config, parameters)
        self._web_pictures = self._open_web_pictures(open_seconds)
        # Before it is opened: what is set in between must not be missed.
        self._described: DescribedForm | None = None
        self._form = self._watch_description()
        if self._web_pictures is None:
            try:
                self._open_capture()
            except CameraError:
                self._stop_asking()
                raise
        self._form = self._form or self._watch_openings()
        self._late, self._position, self._opened_anew_at = 0, 0.0, float("-inf")
        self._tells_time = config.play == "live" and not (self._web_pictures or is_device(config.source))
        self._drain = None if config.play == "fast" else self._start_drain()

    def read(self) -> Frame | None:
        """The newest frame, RGB; None at the end of a file. Raises CameraError when the stream is dead or stuck."""
        if self._is_closed:
            raise self._opening.error("was closed")
        try:
            return self._read_due_frame() if self._drain is None else self._read_newest(self._drain)
        except UnreadableStream as problem:
            raise self._opening.error(self._why_gone() or str(problem)) from None

    def close(self) -> None:
        """Let go of the source, within about two seconds even when it hangs; safe to call twice."""
        self._is_closed = True
        self._stop_asking()
        if self._drain is None:
            self._capture.release()
        else:
            self._drain.stop()

    def _stop_asking(self) -> None:
        if self._form is not None:
            self._form.stop()

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

    def _start_drain(self) -> Drain:
        play = self._config.play
        return Drain(
            self._web_pictures or self._capture,
            reopen=self._opening.open if play == "loop" else None,
            frames_per_second=None if play == "live" else self._rate,
            rest_seconds=self._rest_seconds - (self._key_frame_seconds or 0.0) / 2,
            position=partial(position_of, self._capture) if self._tells_time else None,
        )

    def _read_newest(self, drain: Drain) -> Frame | None:
        if self._form is not None and self._form.take_change():
            form = self._opened_form
            self._open_anew(drain, "its stream has another size, codec or rate now")
            drain = self._drain or drain
            if self._opened_form != form:
                self._form.confirm()
        asked_at = time.monotonic()
        image = drain.newest(self._read_seconds)
        self._note_wait(drain, time.monotonic() - asked_at)
        if image is None:
            return self._ended()
        self._frames += 1
        self._note_size(image)
        if not self._tells_time:
            return Frame(self._upright(image), utc_now(), time.monotonic())
        late = drain.late_seconds
        if late > MOST_BEHIND_SECONDS:
            self._catch_up(drain)
        self._position = max(self._position, time.monotonic() - late)
        return Frame(self._upright(image), utc_now() - timedelta(seconds=late), self._position, late)

    def _note_wait(self, drain: Drain, seconds: float) -> None:
        """Open the source anew where its key frames come too seldom now for the looks: somebody changed its encoder."""
        self._late = self._late + 1 if seconds > MOST_LATE * self._rest_seconds else 0
        if self._key_frame_seconds and self._late >= LATE_IN_A_ROW:
            self._open_anew(drain, "its key frames come too seldom now")

    def _catch_up(self, drain: Drain) -> None:
        """Open the source anew, so that it begins with now; where that does not help, for its key frames alone, however
        seldom they come; and where even these are late, believe its times no more."""
        late, opened_at = drain.late_seconds, self._opened_anew_at
        self._opened_anew_at = time.monotonic()
        if self._opened_anew_at - opened_at > HELPED_SECONDS:
            self._open_anew(drain, f"its pictures come {late:.1f} s late")
        elif self._key_frame_seconds is None:
            log.info(
                "camera %s: its pictures come %.1f s late again; its key frames alone are read", self._config.name, late
            )
            drain.stop()
            self._capture, self._key_frame_seconds = self._opening.open(ONLY_KEY_FRAMES), 0.0
            self._drain = self._start_drain()
        else:
            log.info("camera %s: the times that its stream tells are wrong", self._config.name)
            self._tells_time = False

    def _open_anew(self, drain: Drain, reason: str) -> None:
        log.info(
            "camera %s: %s; it is opened anew",
            self._config.name,
            reason,
            extra={"event": "camera reopened", "camera": self._config.name},
        )
        drain.stop()
        self._late, self._key_frame_seconds = 0, None
        self._open_capture()
        self._drain = self._start_drain()

    def _note_size(self, image: Image) -> None:
        if self._shape is not None and image.shape != self._shape:
            (height, width), (old_height, old_width) = image.shape[:2], self._shape[:2]
            log.info(
                "camera %s: its pictures are %d × %d now; they were %d × %d",
                *(self._config.name, width, height, old_width, old_height),
            )
        self._shape = image.shape

    def _upright(self, image: Image) -> Image:
        """The picture as RGB, turned as configured."""
        # Not image[:, :, ::-1]: dlib refuses views with negative strides.
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        return rgb if self._config.rotate == 0 else cv2.rotate(rgb, _TURNS[self._config.rotate])  # type: ignore[return-value]

    def _ended(self) -> Frame | None:
        """None, since a file has an end; but a live stream broke, and a file without one frame is no video."""
        if self._config.play == "live":
            raise self._opening.error(self._why_gone() or "stopped sending")
        if self._frames == 0 and self._drain is None:
            raise self._opening.error("holds no frame that can be read")
        return None

    def _why_gone(self) -> str:
        """Of a USB camera that was pulled out; else empty."""
        source = self._config.source
        return f"is gone: {SEE_THE_PLUG}" if is_device(source) and not is_plugged_in(source) else ""

    def _open_web_pictures(self, seconds: float) -> WebPictures | None:
        """A camera that sends JPEG pictures over HTTP; None for every other."""
        source = str(self._config.source)
        if not source.lower().startswith(("http://", "https://")):
            return None
        try:
            return WebPictures(
                source, self._opening.address(), seconds=seconds, poll_seconds=max(self._rest_seconds, SOONEST_POLL)
            )
        except Refused as problem:
            raise self._opening.error(str(problem)) from None
        except NoWebPictures:
            return None

    def _watch_description(self) -> FormWatch | None:
        """Of a camera that speaks RTSP."""
        if not str(self._config.source).lower().startswith(("rtsp://", "rtsps://")):
            return None
        self._described = DescribedForm(self._opening.address(), self._opening)
        return FormWatch(self._config.name, self._described, ASKED_EVERY_SECONDS)

    def _watch_openings(self) -> FormWatch | None:
        """Of video over HTTP."""
        if self._web_pictures is not None or "://" not in str(self._config.source):
            return None
        ask = partial(form_when_opened, self._opening)
        return FormWatch(self._config.name, ask, OPENED_EVERY_SECONDS, form_of(self._capture))

    def _open_capture(self) -> None:
        self._capture = self._opening.open()
        self._opened_form = form_of(self._capture)
        if self._described is not None:
            self._described.note_opened(self._opened_form)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        if 1.0 <= rate <= 240.0:
            self._rate = rate
        if not is_device(self._config.source) and self._config.play in ("live", "fast"):
            self._prefer_key_frames()

    def _prefer_key_frames(self) -> None:
        """Go over to the key frames alone where they come often enough for the looks."""
        seconds = key_frame_seconds(self._capture, self._rest_seconds)
        if seconds is not None:
            self._take_key_frames(seconds)
        if self._config.play == "fast":
            # From the beginning: some frames are gone.
            self._capture.release()
            self._capture = self._opening.open("" if self._key_frame_seconds is None else ONLY_KEY_FRAMES)

    def _take_key_frames(self, seconds: float) -> None:
        """Open the source again for its key frames. The first connection stays until they come: some cameras serve only
        one viewer at a time."""
        try:
            capture = self._opening.open(ONLY_KEY_FRAMES)
        except CameraError:
            return
        if come_in_time(capture, self._rest_seconds):
            self._capture, capture = capture, self._capture
            self._key_frame_seconds = seconds
        capture.release()
