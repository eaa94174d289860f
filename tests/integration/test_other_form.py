"""Cameras that speak the usual codecs, and one whose pictures get another size in the middle of its stream."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.vision.capture import form
from recognizer.vision.capture.camera import OpenCVCamera
from tests.fixtures.parts import part_missing
from tests.fixtures.rtsp import RtspCamera
from tests.integration.test_behind import make_numbered_clip

CODECS = {
    "MPEG-4": "",
    "H.264": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p",
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


@pytest.mark.parametrize("codec", CODECS)
def test_a_camera_is_seen_whatever_usual_codec_it_speaks(
    rtsp_server: Callable[..., RtspCamera], tmp_path: Path, codec: str
) -> None:
    camera = rtsp_server(make_clip(tmp_path / "small.mp4", codec, SMALL))
    with closing(OpenCVCamera(CameraConfig("front", str(camera)), most_per_second=5.0)) as source:
        assert sizes_of(source, SMALL, 10)[-1] == SMALL


# RTP carries the size of motion JPEG in each picture, and its description need not: OpenCV goes on in the first size.
@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "motion JPEG"])
def test_the_source_is_opened_anew_within_seconds_and_its_pictures_have_their_own_size(
    rtsp_server: Callable[..., RtspCamera], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    monkeypatch.setattr(form, "ASKED_EVERY_SECONDS", 1.0)
    clip, other = (make_clip(tmp_path / f"{size[0]}.mp4", codec, size) for size in (SMALL, LARGE))
    camera = rtsp_server(clip)
    with closing(OpenCVCamera(CameraConfig("front", str(camera)), most_per_second=5.0)) as source:
        assert sizes_of(source, SMALL, 10)[-1] == SMALL
        shutil.copy(other, f"{clip}.next")
        assert sizes_of(source, LARGE, 8)[-1] == LARGE
