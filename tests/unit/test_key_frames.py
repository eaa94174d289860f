from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import cv2
import numpy as np
import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.vision.capture import key_frames
from recognizer.vision.capture.camera import OpenCVCamera
from recognizer.vision.capture.key_frames import come_in_time, key_frame_seconds
from tests.fixtures.parts import part_missing
from tests.fixtures.patience import only_long
from tests.unit.test_capture import serve

APART = 12
"""OpenCV's writer makes every twelfth frame a key frame: at 25 frames a second, one every 0.48 seconds."""

TWO_LOOKS = 2.0
FRAMES = 60
DIGITS = 6


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A still scene, since one that changes is all key frames, with the frame's number in black and white squares."""
    path = tmp_path_factory.mktemp("clips") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"XVID"), 25.0, (320, 240))
    scene = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    for number in range(FRAMES):
        for digit in range(DIGITS):
            scene[:32, 32 * digit :][:, :32] = 255 * (number >> digit & 1)
        writer.write(scene)
    writer.release()
    return path


def number_of(image: np.ndarray) -> int:
    return sum((image[8:24, 32 * digit + 8 :][:, :16].mean() > 127) << digit for digit in range(DIGITS))


@contextmanager
def network_camera(clip: Path, viewers: int) -> Iterator[str]:
    """The address of a camera that serves the clip, in its own time, to so many viewers, and once to whoever asks what
    it is."""
    film, served = clip.read_bytes(), list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if len(served) == viewers + 1:
                self.send_error(503)
                return
            served.append(self.path)
            self.send_response(200)
            self.end_headers()
            picture = len(film) // FRAMES
            for start in range(0, len(film), picture):
                with suppress(ConnectionError):
                    self.wfile.write(film[start : start + picture])
                time.sleep(0.04)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/clip.avi"
        finally:
            server.shutdown()
            thread.join()


def numbers_seen(source: str, how: str, looks_per_second: float) -> list[int]:
    """Which frames of the clip were given away."""
    with closing(OpenCVCamera(CameraConfig("front", source, how), most_per_second=looks_per_second)) as camera:
        if how == "live":
            frame = camera.read()
            assert frame is not None
            return [number_of(frame.image)]
        seen = []
        while (frame := camera.read()) is not None:
            seen.append(number_of(frame.image))
            assert frame.position_seconds == pytest.approx(seen[-1] / 25, abs=0.041)
        return seen


def test_key_frames_are_enough_where_they_come_as_often_as_anybody_looks(clip: Path) -> None:
    assert numbers_seen(str(clip), "fast", TWO_LOOKS) == [0, 12, 24, 36, 48]


def test_every_frame_is_decoded_where_key_frames_come_too_seldom(clip: Path) -> None:
    assert numbers_seen(str(clip), "fast", 3.0) == pytest.approx([0, 8, 17, 25, 33, 42, 50, 58], abs=1)


def test_whoever_looks_at_every_second_key_frame_is_given_no_more(clip: Path) -> None:
    assert numbers_seen(str(clip), "fast", 1.0) == [0, 24, 48]


def test_of_a_network_camera_key_frames_are_given(clip: Path) -> None:
    with network_camera(clip, viewers=2) as address:
        (number,) = numbers_seen(address, "live", TWO_LOOKS)
    assert number % APART == 0


def test_a_camera_that_serves_one_viewer_alone_keeps_its_first_connection(clip: Path) -> None:
    with network_camera(clip, viewers=1) as address:
        (number,) = numbers_seen(address, "live", TWO_LOOKS)
    assert number > APART, "the frames that told where key frames are were given twice"


def film_with_key_frames(path: Path, *, seldom_from: float) -> Path:
    """24 seconds, as a camera's encoder makes them: a key frame every 0.48 s, and then every 4 s."""
    often, seldom = f"eq(mod(n,12),0)*lt(t,{seldom_from})", f"eq(mod(n,100),0)*gte(t,{seldom_from})"
    source = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=24"]
    codec = ["-c:v", "mpeg4", "-g", "600", "-sc_threshold", "1000000000"]
    forced = ["-force_key_frames", f"expr:{often}+{seldom}"]
    command = ["ffmpeg", "-v", "error", *source, *codec, *forced, "-f", "mpegts", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


@only_long
def test_a_camera_whose_key_frames_come_too_seldom_later_is_opened_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if shutil.which("ffmpeg") is None:
        part_missing("ffmpeg is not installed.")
    caplog.set_level("INFO")
    films = [film_with_key_frames(tmp_path / f"{start}.ts", seldom_from=start) for start in (2.0, 0.0)]
    asked: list[str] = []

    def send(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        # Asked what it is, opened, and opened for its key frames; whoever opens it later finds it changed.
        film = films[len(asked) > 3].read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp2t")
        handler.end_headers()
        with suppress(ConnectionError):
            for start in range(0, len(film), len(film) // 600):
                handler.wfile.write(film[start:][: len(film) // 600])
                time.sleep(0.02)

    with serve(send) as address, closing(OpenCVCamera(CameraConfig("front", address), most_per_second=2.0)) as camera:
        give_up_at = time.monotonic() + 30
        while "opened anew" not in caplog.text and time.monotonic() < give_up_at:
            assert camera.read() is not None
        times = [frame.position_seconds for _ in range(6) if (frame := camera.read())]

    assert "camera front: its key frames come too seldom now; it is opened anew" in caplog.text
    assert max(np.diff(times)) < 1.5


class Stream:
    """A capture of frames with their times and kinds; ``fails`` counts the grabs that give none at first."""

    def __init__(self, *frames: tuple[float, str], fails: int = 0) -> None:
        self._frames, self._fails = list(frames), fails
        self._now = (0.0, "?")
        self.tries = 0

    def grab(self) -> bool:
        self.tries += 1
        if self._fails or not self._frames:
            self._fails -= 1
            return False
        self._now = self._frames.pop(0)
        return True

    def get(self, what: int) -> float:
        return self._now[0] * 1000 if what == cv2.CAP_PROP_POS_MSEC else float(ord(self._now[1]))


def paced(kinds: str, seconds: float = 0.1) -> Stream:
    return Stream(*((seconds * number, kind) for number, kind in enumerate(kinds)))


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (paced("IPPPIPPP"), 0.4),
        (paced("PPIPPPIPPP"), 0.4),
        (Stream((0.0, "I"), (0.1, "P"), (0.2, "I"), fails=3), 0.2),
        (paced("IPPPPPPPPPI"), None),
        (paced("IIII"), None),
        (paced("IPIP", seconds=0.0), None),
        (paced("????????"), None),
        (paced("PPP" * 50), None),
        (Stream(), None),
    ],
    ids=["often", "begun in the middle", "a bad start", "seldom", "all", "no times", "no kinds", "none", "nothing"],
)
def test_how_far_apart_key_frames_are_is_found_out_from_the_stream(stream: Stream, expected: float | None) -> None:
    seconds = key_frame_seconds(stream, rest_seconds=0.5)  # type: ignore[arg-type]
    assert seconds == (None if expected is None else pytest.approx(expected))


def test_a_stream_whose_decoder_leaves_key_frames_out_as_well_is_decoded_whole() -> None:
    assert come_in_time(paced("II", seconds=0.48), rest_seconds=0.5)  # type: ignore[arg-type]
    assert not come_in_time(paced("II", seconds=2.0), rest_seconds=0.5)  # type: ignore[arg-type]
    assert not come_in_time(Stream((0.0, "I")), rest_seconds=0.5)  # type: ignore[arg-type]


def test_a_camera_that_stalls_is_not_tried_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(key_frames.time, "monotonic", lambda: 2.0 * next(clock))
    stalled = Stream(fails=1000)
    assert key_frame_seconds(stalled, rest_seconds=0.5) is None  # type: ignore[arg-type]
    assert stalled.tries <= 3
