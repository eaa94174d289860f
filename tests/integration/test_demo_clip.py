"""The demo's clip shows what it promises: a lecture room, empty now and then, with two students and a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest

from deploy.demo.clip import CLIP_SECONDS, FRAMES_PER_SECOND, render_clip
from recognizer.vision.engines.hog_detector import HogDetector
from tests.fixtures.patience import only_long


@contextmanager
def opened(clip: Path) -> Iterator[cv2.VideoCapture]:
    capture = cv2.VideoCapture(str(clip))
    try:
        yield capture
    finally:
        capture.release()


def faces_at(clip: Path, seconds: float) -> list[int]:
    """Heights in pixels of the faces in the frame at that time, left to right."""
    with opened(clip) as capture:
        capture.set(cv2.CAP_PROP_POS_MSEC, seconds * 1000)
        is_read, frame = capture.read()
    assert is_read
    found = HogDetector(smallest_face_pixels=80).detect(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    boxes = sorted((detection.box for detection in found), key=lambda box: box.left)
    return [box.bottom - box.top for box in boxes]


def test_it_is_1080p_at_15_frames_a_second(demo_clip: Path) -> None:
    with opened(demo_clip) as capture:
        assert capture.get(cv2.CAP_PROP_FRAME_WIDTH) == 1920
        assert capture.get(cv2.CAP_PROP_FRAME_HEIGHT) == 1080
        assert capture.get(cv2.CAP_PROP_FPS) == FRAMES_PER_SECOND == 15
        assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == CLIP_SECONDS * FRAMES_PER_SECOND


@pytest.mark.parametrize("seconds", [0.5, 1.5, 18.5, 35.0])
def test_it_has_stretches_without_anybody(demo_clip: Path, seconds: float) -> None:
    assert faces_at(demo_clip, seconds) == []


@only_long
def test_faces_come_in_different_sizes(demo_clip: Path) -> None:
    (near_and_alone,) = faces_at(demo_clip, 7.0)
    far, near = faces_at(demo_clip, 28.8)[-2:]

    assert 80 <= far < near_and_alone < near


@only_long
def test_the_stranger_is_seen_large_and_alone(demo_clip: Path) -> None:
    """He stands in profile: found at one look or another, not at every one."""
    assert any(faces_at(demo_clip, seconds) for seconds in (21.0, 21.5, 22.0, 22.5, 23.0, 23.5))


def test_a_clip_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"the earlier clip")
    missing = dict.fromkeys(("collins", "hopper", "photographer"), tmp_path / "missing.png")

    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        render_clip(clip, missing)

    assert clip.read_bytes() == b"the earlier clip"
