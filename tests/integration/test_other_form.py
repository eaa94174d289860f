"""A camera whose pictures get another size in the middle of its stream."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from recognizer.config.configuration import CameraConfig
from recognizer.vision.capture import form
from recognizer.vision.capture.camera import OpenCVCamera
from tests.fixtures.rtsp import RtspCamera
from tests.integration.test_behind import make_numbered_clip


def test_the_source_is_opened_anew_within_seconds_and_its_pictures_have_their_own_size(
    rtsp_server: Callable[..., RtspCamera], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "ASKED_EVERY_SECONDS", 1.0)
    clip = make_numbered_clip(tmp_path / "small.mp4", 3)
    other = make_numbered_clip(tmp_path / "large.mp4", 3, height=256)
    camera = rtsp_server(clip)
    with closing(OpenCVCamera(CameraConfig("front", str(camera)), most_per_second=5.0)) as source:
        before = source.read()
        shutil.copy(other, f"{clip}.next")
        changed_at, sizes = time.monotonic(), []
        while time.monotonic() < changed_at + 8 and (not sizes or sizes[-1] != (256, 320)):
            frame = source.read()
            sizes += [frame.image.shape[:2]] if frame else []
    assert before is not None
    assert before.image.shape[:2] == (128, 320)
    assert sizes[-1] == (256, 320)
