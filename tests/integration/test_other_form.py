"""Cameras that speak the usual codecs, and one whose pictures get another size in the middle of its stream."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.vision.capture import camera as camera_module
from recognizer.vision.capture import form
from recognizer.vision.capture.camera import OpenCVCamera
from tests.fixtures.parts import part_missing
from tests.fixtures.patience import few
from tests.fixtures.rtsp import RtspCamera
from tests.integration.test_behind import make_numbered_clip
from tests.unit.test_capture import serve

CODECS = {
    "H.264": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p",
    "MPEG-4": "",
    "H.265": "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=error -tag:v hvc1",
    "motion JPEG": "-c:v mjpeg -pix_fmt yuvj420p -q:v 3",
}
SMALL, LARGE = (128, 320), (256, 320)
GROUP = "-g 12 -bf 0 -f mp4"


def make_clip(path: Path, codec: str, size: tuple[int, int]) -> Path:
    """Three seconds of such pictures."""
    plain = make_numbered_clip(path, 3, height=size[0])
    if not CODECS[codec]:
        return plain
    if shutil.which("ffmpeg") is None:
        part_missing("ffmpeg is not installed.")
    coded = path.with_name(f"coded-{path.name}")
    how = [*CODECS[codec].split(), *GROUP.split()]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(plain), *how, str(coded)], check=True, timeout=60)
    return coded


def sizes_of(source: OpenCVCamera, wanted: tuple[int, int], seconds: float) -> list[tuple[int, ...]]:
    """The sizes of the pictures that come until one has the wanted size, or the time is over."""
    sizes: list[tuple[int, ...]] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until and (not sizes or sizes[-1] != wanted):
        frame = source.read()
        sizes += [frame.image.shape[:2]] if frame else []
    return sizes


@pytest.mark.parametrize("codec", few(CODECS, usual=0))
def test_a_camera_is_seen_whatever_usual_codec_it_speaks(
    rtsp_server: Callable[..., RtspCamera], tmp_path: Path, codec: str
) -> None:
    camera = rtsp_server(make_clip(tmp_path / "small.mp4", codec, SMALL))
    with closing(OpenCVCamera(CameraConfig("front", str(camera)), most_per_second=5.0)) as source:
        assert sizes_of(source, SMALL, 10)[-1] == SMALL


@pytest.mark.parametrize("codec", few(CODECS))
def test_the_source_is_opened_anew_within_seconds_and_its_pictures_have_their_own_size(
    rtsp_server: Callable[..., RtspCamera], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    monkeypatch.setattr(camera_module, "ASKED_EVERY_SECONDS", 0.4)
    monkeypatch.setattr(form, "OPENED_EVERY_SECONDS", 0.4)
    clips = {size: make_clip(tmp_path / f"{size[0]}.mp4", codec, size) for size in (SMALL, LARGE)}
    camera, served = rtsp_server(clips[SMALL]), clips[SMALL]
    with closing(OpenCVCamera(CameraConfig("front", str(camera)), most_per_second=5.0)) as source:
        assert sizes_of(source, SMALL, 10)[-1] == SMALL
        # More often than a camera may change its mind about one and the same stream.
        for size in (LARGE, SMALL, LARGE, SMALL):
            served = Path(f"{served}.next")
            shutil.copy(clips[size], f"{served}.part")
            Path(f"{served}.part").rename(served)
            assert sizes_of(source, size, 8)[-1] == size


def test_video_over_http_is_opened_anew_when_its_size_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("ffmpeg") is None:
        part_missing("ffmpeg is not installed.")
    monkeypatch.setattr(camera_module, "OPENED_EVERY_SECONDS", 1.0)
    films = []
    for size in (SMALL, LARGE):
        film = tmp_path / f"{size[0]}.ts"
        source = f"testsrc=size={size[1]}x{size[0]}:rate=25:duration=4"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-g", "12", str(film)]
        subprocess.run(command, check=True, timeout=60)
        films.append(film.read_bytes())
    is_changed = threading.Event()

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp2t")
        handler.end_headers()
        with suppress(OSError):
            for _ in range(20):
                film = films[is_changed.is_set()]
                for start in range(0, len(film), len(film) // 100):
                    handler.wfile.write(film[start:][: len(film) // 100])
                    time.sleep(0.04)

    with (
        serve(send) as address,
        closing(OpenCVCamera(CameraConfig("front", f"{address}live.ts"), most_per_second=5.0)) as source,
    ):
        assert sizes_of(source, SMALL, 10)[-1] == SMALL
        is_changed.set()
        assert sizes_of(source, LARGE, 20)[-1] == LARGE
