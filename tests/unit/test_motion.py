from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.domain.following.detection import Frame, Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.capture.motion import SceneMotion

STARTED_AT = datetime.fromisoformat("2026-03-02T09:00")
WHOLE = Box(0, 640, 360, 0)


def scene(face_at: int | None = None, noise: int = 0, light: int = 0) -> Image:
    """A grey room, perhaps with a face in it, seen by a camera with noise of that seed."""
    image = np.full((360, 640, 3), 110 + light, np.uint8)
    if face_at is not None:
        image[100:160, face_at : face_at + 50] = 200
    return np.clip(image + np.random.default_rng(noise).normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def frame(image: Image) -> Frame:
    return Frame(image, STARTED_AT, 0.0)


def changes(motion: SceneMotion, image: Image, explained: tuple[Box, ...] = ()) -> list[Box]:
    return motion.changes(frame(image), explained)


@pytest.fixture
def motion() -> SceneMotion:
    """It has looked at the empty room."""
    motion = SceneMotion()
    changes(motion, scene())
    motion.looked_at([WHOLE])
    return motion


def test_at_first_everything_is_new() -> None:
    assert changes(SceneMotion(), scene()) == [WHOLE]


def test_a_still_room_shows_no_change_noise_or_not(motion: SceneMotion) -> None:
    for noise in range(20):
        assert changes(motion, scene(noise=noise)) == []


def test_somebody_who_came_is_a_change_until_they_were_looked_at(motion: SceneMotion) -> None:
    for noise in range(3):
        (change,) = changes(motion, scene(300, noise=noise))
        assert change.iou(Box(100, 350, 160, 300)) > 0.6
    motion.looked_at([change.widened_by(10)])
    assert changes(motion, scene(300, noise=9)) == []


def test_looking_elsewhere_does_not_settle_a_change(motion: SceneMotion) -> None:
    changes(motion, scene(300))
    motion.looked_at([Box(0, 200, 360, 0)])
    assert len(changes(motion, scene(300, noise=1))) == 1


def test_movement_that_is_explained_is_no_change(motion: SceneMotion) -> None:
    assert changes(motion, scene(300), (Box(80, 370, 180, 280),)) == []
    (other,) = changes(motion, scene(300), (Box(0, 100, 360, 0),))
    assert other.centre == pytest.approx((325, 130), abs=10)


def test_two_people_apart_are_two_changes_the_larger_first(motion: SceneMotion) -> None:
    image = scene(500)
    image[60:200, 100:180] = 20
    first, second = changes(motion, image)
    assert first.area > second.area
    assert (first.centre[0], second.centre[0]) == pytest.approx((140, 525), abs=10)


def test_light_that_changes_everywhere_alike_is_no_change(motion: SceneMotion) -> None:
    assert changes(motion, scene(light=40, noise=3)) == []
    assert len(changes(motion, scene(300, light=40, noise=3))) == 1


def test_a_speck_is_no_change(motion: SceneMotion) -> None:
    image = scene()
    image[100:104, 300:304] = 255
    assert changes(motion, image) == []


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([(1, 1), (3, 5), (36, 64), (360, 640), (200, 2000)]), min_size=1, max_size=6), st.data()
)
def test_frames_of_any_size_are_compared(sizes: list[tuple[int, int]], data: st.DataObject) -> None:
    motion = SceneMotion()
    for height, width in sizes:
        level = data.draw(st.integers(0, 255))
        whole = Box(0, width, height, 0)
        for box in motion.changes(frame(np.full((height, width, 3), level, np.uint8)), [whole.moved(5, 5)]):
            assert box.clipped(height, width) == box
        motion.looked_at([whole])
