"""Which of a student's photos show another person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.following.detection import Encodings
from recognizer.enrolment.likeness import compare

PLACES = {"a": 0.0, "b": 1.0, "c": -1.0}


def photos(people: str) -> Encodings:
    """A photo of each person named by a letter; photos of one person differ a little."""
    encodings = np.zeros((len(people), 128), np.float32)
    for row, person in enumerate(people):
        encodings[row, :2] = PLACES[person], 0.02 * row
    return encodings


@pytest.mark.parametrize(
    ("new", "enrolled", "unlike"),
    [
        ("a", "", ""),
        ("aaaa", "", ""),
        ("aaaab", "", "b"),
        ("aab", "", "b"),
        ("aabc", "", "bc"),
        # Two photos of two people, or of three three: nobody knows.
        ("ab", "", "ab"),
        ("aabb", "", "aabb"),
        ("abc", "", "abc"),
        # Who was enrolled before is the student.
        ("b", "a", "b"),
        ("bb", "a", "bb"),
        ("ab", "aa", "b"),
        ("ab", "aab", "b"),
        # Enrolled ones that contradict each other say nothing of the new.
        ("c", "ab", ""),
        ("aac", "ab", "c"),
    ],
)
def test_photos_of_another_person_are_found(new: str, enrolled: str, unlike: str) -> None:
    likeness = compare(photos(new), photos(enrolled))
    assert "".join(new[position] for position in sorted(likeness.unlike)) == unlike
    assert all(0.65 < distance < 2.1 for distance in likeness.unlike.values())
    assert likeness.are_enrolled_unlike == (len(set(enrolled)) > 1)


@given(st.text("abc", min_size=1, max_size=7), st.text("abc", max_size=4), st.randoms())
def test_the_order_of_the_photos_does_not_matter(new: str, enrolled: str, random: object) -> None:
    shuffled = "".join(random.sample(new, len(new)))  # type: ignore[attr-defined]
    one, other = compare(photos(new), photos(enrolled)), compare(photos(shuffled), photos(enrolled))
    assert sorted(new[i] for i in one.unlike) == sorted(shuffled[i] for i in other.unlike)
