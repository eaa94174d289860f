from __future__ import annotations

import numpy as np
import pytest

from recognizer.domain.following.detection import Encoding
from recognizer.domain.naming.gallery import Gallery


def encoding(value: float) -> Encoding:
    return np.full(128, value, np.float32)


def test_a_student_may_have_several_references() -> None:
    gallery = Gallery.empty().with_reference("007", "a", encoding(0)).with_reference("007", "b", encoding(1))
    assert gallery.students == ("007",)
    assert gallery.count_references("007") == 2
    assert gallery.encodings.dtype == np.float32


def test_leading_zeros_make_another_student() -> None:
    gallery = Gallery.empty().with_reference("007", "a", encoding(0)).with_reference("7", "b", encoding(1))
    assert gallery.students == ("007", "7")


def test_a_photo_is_known_for_its_own_student_only() -> None:
    gallery = Gallery.empty().with_reference("1", "a", encoding(0)).with_reference("2", "b", encoding(1))
    assert gallery.has_photo("1", "a")
    assert not gallery.has_photo("2", "a")


def test_a_removed_student_leaves_nothing_behind() -> None:
    gallery = Gallery.empty().with_reference("1", "a", encoding(0)).with_reference("2", "b", encoding(1))
    left = gallery.without("1")
    assert (left.numbers, left.photo_hashes) == (("2",), ("b",))
    assert left.encodings.tolist() == [encoding(1).tolist()]
    assert gallery.students == ("1", "2"), "the gallery it was taken from still has both"


def test_removing_the_last_student_leaves_a_gallery_of_none() -> None:
    assert Gallery.empty().with_reference("1", "a", encoding(0)).without("1").encodings.shape == (0, 128)


def test_distances_are_euclidean_one_for_each_reference() -> None:
    gallery = Gallery.empty().with_reference("1", "a", encoding(0)).with_reference("1", "b", encoding(1))
    assert gallery.distances(encoding(0)).tolist() == pytest.approx([0.0, 128**0.5])


def test_rows_that_belong_to_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="one number and one photo hash"):
        Gallery(np.zeros((2, 128), np.float32), ("1",), ("a",))


def test_its_version_tells_galleries_apart_and_not_the_order_of_their_references() -> None:
    one = Gallery.empty().with_reference("1", "a", encoding(0)).with_reference("2", "b", encoding(1))
    same = Gallery.empty().with_reference("2", "b", encoding(1)).with_reference("1", "a", encoding(0))
    others = [
        one.without("2"),
        one.renamed({"2": "3"}),
        one.with_photo_encoded_anew("b", encoding(0.5)),
        one.with_reference("2", "c", encoding(1)),
        Gallery.empty().with_reference("2", "a", encoding(0)).with_reference("1", "b", encoding(1)),
        Gallery.empty(),
    ]
    assert one.version == same.version
    assert len(one.version) == 16
    assert len({one.version, *(other.version for other in others)}) == 1 + len(others)
