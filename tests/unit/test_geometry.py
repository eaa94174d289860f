from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.following.geometry import Box

SIDES = st.integers(-500, 2500)
BOXES = st.builds(Box, SIDES, SIDES, SIDES, SIDES)


def test_a_boxs_order_is_top_right_bottom_left() -> None:
    box = Box(10, 70, 50, 20)
    assert (box.width, box.height, box.area, box.centre) == (50, 40, 2000, (45.0, 30.0))


def test_half_of_each_box_shared_is_a_third_of_their_union() -> None:
    assert Box(0, 10, 10, 0).iou(Box(0, 15, 10, 5)) == 1 / 3


def test_boxes_that_only_touch_share_nothing() -> None:
    assert Box(0, 10, 10, 0).iou(Box(0, 20, 10, 10)) == 0.0


def test_a_moved_box_keeps_its_size() -> None:
    assert Box(0, 10, 20, 0).moved(3.4, -2.0) == Box(-2, 13, 18, 3)


@given(BOXES, BOXES)
def test_overlap_is_mutual_and_between_none_and_all(one: Box, other: Box) -> None:
    assert one.iou(other) == other.iou(one)
    assert 0.0 <= one.iou(other) <= 1.0


@given(BOXES, st.integers(1, 2000), st.integers(1, 2000))
def test_a_clipped_box_lies_inside_the_image(box: Box, height: int, width: int) -> None:
    clipped = box.clipped(height, width)
    assert 0 <= clipped.top <= clipped.bottom <= height
    assert 0 <= clipped.left <= clipped.right <= width
    assert clipped.area == box.intersection(Box(0, width, height, 0))
