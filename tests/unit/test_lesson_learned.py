"""The benchmark of what lessons teach, on people that are drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.lesson_learned import MANY_PHOTOS, draw_people, measure, order_in_time
from recognizer.domain.following.detection import Encodings


def drifting_people(people: int, photos: int = 20, drift: float = 0.3) -> list[Encodings]:
    """People whose faces change along a line of their own, with some scatter."""
    random = np.random.default_rng(5)
    drawn = []
    for _ in range(people):
        line = random.normal(size=128)
        line *= drift / np.linalg.norm(line)
        times = np.linspace(-0.5, 0.5, photos)[:, None]
        photo = random.normal(0, 0.055, 128) + times * line + random.normal(0, 0.015, (photos, 128))
        drawn.append(random.permutation(photo).astype(np.float32))
    return drawn


def test_photos_are_ordered_along_the_line_on_which_a_face_changes() -> None:
    (one,) = drifting_people(1, drift=1.0)
    steps = np.linalg.norm(np.diff(order_in_time(one), axis=0), axis=1)
    assert steps.max() < np.linalg.norm(one[0] - one[1:], axis=1).max() / 2


def test_photos_enrolled_shown_and_looked_up_are_never_the_same() -> None:
    draw = draw_people([order_in_time(one) for one in drifting_people(8)], np.random.default_rng(1))
    assert len(draw.photos) == 4
    for number, photos in draw.photos.items():
        parts = [{row.tobytes() for row in rows} for rows in (photos, draw.lessons[number], draw.after[number])]
        assert len(photos) == 5
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_who_has_few_photos_is_a_stranger() -> None:
    few = [one[: MANY_PHOTOS - 1] for one in drifting_people(3)]
    draw = draw_people([*few, *drifting_people(4)], np.random.default_rng(1))
    assert {"X000", "X001", "X002"} <= draw.strangers.keys()


def test_lessons_teach_and_a_wrong_reference_names_nobody_else() -> None:
    figures = measure(drifting_people(8, drift=0.7), draws=2, seed=1)
    assert figures["taught"] > 0.5
    assert figures["missed_with_one_and_learned"] < figures["missed_with_one"]
    assert figures["poisoned_named"] == 0
    assert figures["planted"] == 8


def test_too_few_people_with_many_photos_are_a_line() -> None:
    with pytest.raises(SystemExit, match="3 people have 15 photos"):
        measure(drifting_people(3), draws=1, seed=1)
