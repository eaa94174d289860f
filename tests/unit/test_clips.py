"""Clips of an evaluation."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognizer.errors import PhotoError
from recognizer.vision.capture import clips, opening
from recognizer.vision.capture.clips import encode_jpeg, enlarge, read_clip


def clip(path: Path, frames: int) -> Path:
    """Grey frames that grow lighter evenly, from black to white."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (64, 48))
    for index in range(frames):
        writer.write(np.full((48, 64, 3), round(255 * index / (frames - 1)), np.uint8))
    writer.release()
    return path


def test_frames_are_spread_evenly_over_the_whole_clip(tmp_path: Path) -> None:
    frames = read_clip(clip(tmp_path / "a.mp4", 200), 12)
    places = [float(frame.mean()) / 255 for frame in frames]
    assert 6 <= len(frames) <= 12
    assert places[0] == pytest.approx(0, abs=0.03)
    assert places[-1] > 0.9
    assert np.diff(places) == pytest.approx(np.diff(places).mean(), abs=0.03)


def test_a_short_clip_gives_every_frame(tmp_path: Path) -> None:
    assert len(read_clip(clip(tmp_path / "a.mp4", 5), 12)) == 5


def test_what_is_no_video_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"not a video")
    with pytest.raises(PhotoError, match="not a video"):
        read_clip(tmp_path / "a.mp4", 12)


def test_a_picture_becomes_a_jpeg_in_its_own_colours() -> None:
    red = np.zeros((40, 60, 3), np.uint8)
    red[..., 0] = 200
    data = encode_jpeg(enlarge(red, 2))
    assert data.startswith(b"\xff\xd8\xff")
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert back is not None
    assert back.shape == (80, 120, 3)
    assert back[40, 60].tolist() == pytest.approx([200, 0, 0], abs=5)


def test_a_clip_of_pictures_that_are_too_large_is_not_decoded_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(PhotoError, match="has pictures of 64 × 48; at most"):
        read_clip(clip(tmp_path / "a.mp4", 5), 12)


def test_of_large_frames_fewer_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "MOST_KEPT_PIXELS", 4 * 64 * 48)
    frames = read_clip(clip(tmp_path / "a.mp4", 200), 12)
    assert 2 <= len(frames) <= 4
    assert frames[-1].mean() > 100, "from the whole clip all the same"
