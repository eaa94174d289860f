"""How a face and what is around it are seen to move, in made-up pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognizer.domain.following.detection import Image
from recognizer.domain.following.geometry import Box
from recognizer.vision.faces.surroundings import CorrelatedSurroundings

FACE = 80
BOX = Box(200, 300 + FACE, 200 + FACE, 300)
READER = CorrelatedSurroundings()


def texture(seed: int, height: int, width: int) -> Image:
    """Blots as wide as features of a face."""
    coarse = np.random.default_rng(seed).integers(0, 255, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def picture(right: int, down: int, margin: int) -> Image:
    """A wall, and before it a face with that much around it which belongs to it."""
    image = texture(1, 480, 640)
    side = FACE + 2 * margin
    top, left = BOX.top - margin + down, BOX.left - margin + right
    image[top : top + side, left : left + side] = texture(2, side, side)
    return image


@pytest.mark.parametrize(
    ("margin", "with_it"), [(70, [True, True, True]), (4, [False, False, False])], ids=["a picture", "somebody"]
)
def test_what_is_around_a_face_moves_with_it_on_a_picture_alone(margin: int, with_it: list[bool]) -> None:
    earlier = READER.take(picture(0, 0, margin), BOX)
    movement = READER.movement(earlier, picture(16, 10, margin))
    assert movement is not None
    expected = (16 / FACE, 10 / FACE)
    assert movement.face == pytest.approx(expected, abs=0.04)
    assert [part == pytest.approx(expected, abs=0.04) for part in movement.parts] == with_it
    if margin == 4:
        assert all(part == pytest.approx((0, 0), abs=0.04) for part in movement.parts)


def test_before_a_blank_wall_no_part_is_told_and_a_face_that_is_gone_is_not_found() -> None:
    blank = np.full((480, 640, 3), 128, np.uint8)
    blank[BOX.top : BOX.bottom, BOX.left : BOX.right] = texture(2, FACE, FACE)
    earlier = READER.take(blank, BOX)
    movement = READER.movement(earlier, blank)
    assert movement is not None
    assert (movement.face, movement.parts) == ((0.0, 0.0), ())
    assert READER.movement(earlier, np.full((480, 640, 3), 128, np.uint8)) is None


@pytest.mark.parametrize("box", [Box(-30, 40, 50, -40), Box(470, 700, 550, 620), Box(-500, -300, -400, -400)])
def test_a_face_at_the_edge_of_the_picture_or_beyond_it_is_read_too(box: Box) -> None:
    image = texture(3, 480, 640)
    assert READER.take(image, box).grey.shape == (102, 102)
    READER.movement(READER.take(image, box), image)
