"""RTSP cameras that speak one transport alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.vision.capture.camera import OpenCVCamera
from tests.fixtures.rtsp import RtspCamera
from tests.integration.test_live_camera import film, living_room


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_is_watched_over_the_only_transport_that_it_speaks(
    transport: str, rtsp_server: Callable[..., RtspCamera], tmp_path: Path
) -> None:
    camera = rtsp_server(film(tmp_path / "film.mp4", living_room(10)), transport=transport)
    with closing(OpenCVCamera(CameraConfig("front", str(camera)), open_seconds=5.0, read_seconds=5.0)) as source:
        frames = [source.read() for _ in range(3)]
    assert [frame.image.shape for frame in frames if frame] == [(480, 640, 3)] * 3
