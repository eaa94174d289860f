from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.detection import Frame, Image
from recognizer.vision.motion import SceneMotion

STARTED_AT = datetime.fromisoformat("2026-03-02T09:00")


def scene(face_at: int | None = None, noise: int = 0, size: tuple[int, int] = (360, 640)) -> Image:
    """A grey room, perhaps with a face in it, seen by a camera with noise of that seed."""
    image = np.full((*size, 3), 110, np.uint8)
    if face_at is not None:
        image[100:140, face_at : face_at + 30] = 200
    return np.clip(image + np.random.default_rng(noise).normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def looks(motion: SceneMotion, images: list[Image], frame_seconds: float = 0.25) -> list[float]:
    """The positions of those frames that are looked at."""
    frames = [Frame(image, STARTED_AT, index * frame_seconds) for index, image in enumerate(images)]
    return [frame.position_seconds for frame in frames if motion.is_time_to_look(frame)]


def test_the_first_frame_is_looked_at() -> None:
    assert looks(SceneMotion(2.0), [scene()]) == [0.0]


def test_a_still_scene_is_looked_at_every_two_seconds_noise_or_not() -> None:
    assert looks(SceneMotion(2.0), [scene(200, noise=n) for n in range(25)]) == [0.0, 2.0, 4.0, 6.0]


def test_a_lively_scene_is_looked_at_as_often_as_asked() -> None:
    assert looks(SceneMotion(2.0), [scene(10 * n, noise=n) for n in range(9)]) == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_rounding_does_not_cost_a_look() -> None:
    at_25_a_second = looks(SceneMotion(5.0), [scene(10 * n) for n in range(26)], frame_seconds=0.04)
    assert at_25_a_second == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_somebody_who_comes_and_sits_down_is_looked_at_soon() -> None:
    images = [scene()] * 3 + [scene(300)] * 8
    assert looks(SceneMotion(2.0), images)[:2] == [0.0, 0.75]


def test_slow_looks_are_not_made_faster_by_a_still_scene() -> None:
    assert looks(SceneMotion(0.25), [scene()] * 17) == [0.0, 4.0]


def test_a_rotten_frame_or_another_size_is_only_another_scene() -> None:
    grey, black = np.full((360, 640, 3), 128, np.uint8), np.zeros((360, 640, 3), np.uint8)
    images = [scene(), scene(), grey, grey, black, scene(size=(1080, 1920)), scene(size=(3, 5)), scene(size=(1, 1))]
    assert looks(SceneMotion(2.0), images, frame_seconds=0.5)[0] == 0.0


@given(st.lists(st.floats(0.01, 3.0), max_size=30), st.floats(0.5, 10.0))
def test_looks_never_come_too_soon_nor_stay_away(gaps: list[float], looks_per_second: float) -> None:
    motion, position, looked_at = SceneMotion(looks_per_second), 0.0, None
    still = np.full((36, 64, 3), 90, np.uint8)
    for gap in [0.0, *gaps]:
        position += gap
        if motion.is_time_to_look(Frame(still, STARTED_AT, position)):
            assert looked_at is None or position - looked_at > 1 / looks_per_second - 0.001
            looked_at = position
        assert looked_at is not None
        assert position - looked_at < 2.001


def test_a_rate_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="looks_per_second"):
        SceneMotion(0)
