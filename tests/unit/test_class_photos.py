"""Class photos: where faces are looked for, which are one person's, and that nobody is named twice in a photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.bootstrap.class_photos import build_identification
from recognizer.bootstrap.gallery import build_tolerances
from recognizer.class_photos.drawing import draw_names
from recognizer.class_photos.faces import LARGEST_IN_TILE, PhotoFace, regions_of
from recognizer.class_photos.naming import SAME_PERSON, NamedFace, join_faces, name_faces
from recognizer.config.reading import load_config
from recognizer.domain.following.detection import Encoding, Image
from recognizer.domain.following.geometry import Box
from recognizer.domain.naming.candidate import Candidate
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import FixedTolerances

BOX = Box(0, 100, 100, 0)


def at(*coordinates: float) -> Encoding:
    return np.array([*coordinates, *[0.0] * (128 - len(coordinates))], np.float32)


def face(photo: int, *coordinates: float) -> PhotoFace:
    return PhotoFace(photo, BOX, at(*coordinates))


def search(**students: Encoding) -> Identification:
    gallery = Gallery.empty()
    for number, encoding in students.items():
        gallery = gallery.with_reference(number, number, encoding)
    return Identification(gallery, FixedTolerances(0.4), looks="still")


@given(st.integers(60, 9000), st.integers(60, 9000), st.integers(60, 6000), st.floats(0, 1), st.floats(0, 1))
def test_every_face_lies_whole_in_a_region_that_looks_for_its_size(
    height: int, width: int, size: int, across: float, down: float
) -> None:
    size = min(size, height, width)
    left, top = round(across * (width - size)), round(down * (height - size))
    place = Box(top, left + size, top + size, left)
    covering = [region for region in regions_of(height, width, 60) if region.covers(place)]
    assert any(region.box.intersection(place) == place.area for region in covering)


def test_a_small_photo_is_searched_at_once_and_a_large_one_in_tiles() -> None:
    assert [region.largest for region in regions_of(1200, 1600, 60)] == [None]
    regions = [*regions_of(3000, 4000, 60)]
    assert {region.largest for region in regions[:-1]} == {LARGEST_IN_TILE}
    assert (regions[-1].largest, regions[-1].smallest) == (None, LARGEST_IN_TILE)
    assert max(region.box.area for region in regions[:-1]) <= 1600**2


def test_faces_of_one_person_are_joined_across_photos_and_never_within_one() -> None:
    near = SAME_PERSON * 0.6
    encodings = np.array([at(0), at(near), at(0, near), at(0, 0, 2)])
    joined = join_faces(encodings, np.array([0, 1, 1, 2]))
    assert sorted(map(sorted, joined)) in ([[0, 1], [2], [3]], [[0, 2], [1], [3]])
    assert join_faces(encodings[:0], np.array([], np.int64)) == []


def test_several_photos_of_a_class_add_up() -> None:
    """Each picture of the student is too far off alone, to another side; their mean is not."""
    identification = search(S1=at(0), S2=at(3))
    faces = [face(0, 0, 0.5, 0.2), face(1, 0, 0.5, -0.2), face(2, 0, 0.1, 0.0)]
    alone = [name_faces([one], identification)[0].candidate for one in faces]
    assert [candidate and candidate.number for candidate in alone] == [None, None, "S1"]
    together = name_faces(faces, identification)
    assert [named.photos for named in together] == [3, 3, 3]
    assert [named.candidate and named.candidate.number for named in together] == ["S1"] * 3


def test_in_one_photo_a_student_is_named_once_and_in_another_again() -> None:
    identification = search(S1=at(0))
    named = name_faces([face(0, 0, 0.3), face(0, 0, 0, 0.2), face(1, 0, 0, 0, 0.35)], identification)
    assert [one.candidate and one.candidate.number for one in named] == [None, "S1", "S1"]
    assert named[0].candidate is not None and named[0].candidate.verdict == "undecided"


def test_a_face_that_lost_a_name_in_one_photo_keeps_nobody_from_it_in_another() -> None:
    identification = search(S1=at(0))
    nearest, loser, other = face(0, 0.05), (face(0, 0, 0.3), face(1, 0, 0.3)), face(1, -0.36, -0.15)
    named = name_faces([nearest, *loser, other], identification)
    assert [one.candidate and one.candidate.number for one in named] == ["S1", None, None, "S1"]


@pytest.mark.parametrize("refusal", ["too small", "too blurred"])
def test_a_face_too_poor_to_compare_has_no_answer_and_keeps_its_place(refusal: str) -> None:
    poor = PhotoFace(0, BOX, None, refusal)
    named = name_faces([face(0, 5), poor, face(0, 0)], search(S1=at(0)))
    assert [one.candidate and one.candidate.number for one in named] == [None, None, "S1"]
    assert (named[1].candidate, named[1].face.refusal, named[1].photos) == (None, refusal, 0)


def test_without_faces_or_students_nobody_is_named() -> None:
    assert name_faces([], search(S1=at(0))) == []
    (named,) = name_faces([face(0, 0)], search())
    assert named.candidate is not None and named.candidate.verdict == "nobody"


def test_who_is_not_asked_for_is_not_taken_for_somebody_who_is() -> None:
    """The gallery knows the face as that of S2, who looks like S1."""
    config = load_config(None, {"ROLLCALL_RECOGNITION_TOLERANCE": "0.4"})
    gallery = Gallery.empty().with_reference("S1", "one", at(0.0)).with_reference("S2", "other", at(0.3))
    for numbers in ({"S1"}, {"S1", "S2"}, {"S9"}, None):
        (answer,) = name_faces([face(0, 0.25)], build_identification(config, gallery, numbers))
        assert answer.candidate is not None
        assert answer.candidate.number is None
    alone = gallery.without("S2").with_reference("S2", "other", at(0.9))
    (answer,) = name_faces([face(0, 0.1)], build_identification(config, alone, {"S1"}))
    assert answer.candidate is not None
    assert answer.candidate.number == "S1"
    (answer,) = name_faces([face(0, 0.9)], build_identification(config, alone, {"S1"}))
    assert answer.candidate is not None
    assert (answer.candidate.verdict, answer.candidate.number) == ("nobody", None)


def test_asked_for_one_number_or_for_all_a_photo_is_one_look_that_may_spend_all() -> None:
    """The face lies where all that may be spent names S1, and half of it does not."""
    gallery = Gallery.empty().with_reference("S1", "one", at(0.0)).with_reference("S2", "other", at(0.0, 0.7))
    config = load_config(None, {})
    tolerances = build_tolerances(config)(gallery)
    half, most = (tolerances.for_search(1, share, "still").limit(1, 1) for share in (0.5, 1.0))
    (answer,) = name_faces([face(0, (half + most) / 2)], build_identification(config, gallery, {"S1"}))
    assert answer.candidate is not None
    assert answer.candidate.number == "S1"


def drawn(number: str, place: Box) -> Image:
    """A grey photo of 300 x 200 pixels with one face and its number."""
    photo = np.full((200, 300, 3), 90, np.uint8)
    named = NamedFace(PhotoFace(0, place, at(0)), Candidate("student", number, 0.3), 1)
    return cv2.imdecode(np.frombuffer(draw_names(photo, [named]), np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize(("one", "other"), [("S1", "S2"), ("Ж1", "Я1"), ("Ö1", "Ü1"), ("Σ1", "Ω1"), ("学1", "生1")])
def test_numbers_of_every_script_are_drawn_in_letters_that_tell_them_apart(one: str, other: str) -> None:
    assert np.abs(drawn(one, BOX).astype(int) - drawn(other, BOX)).max() > 100


@pytest.mark.parametrize("place", [BOX, Box(100, 300, 200, 200), Box(140, 40, 180, 0), Box(0, 300, 60, 240)])
def test_a_number_is_drawn_whole_wherever_in_the_photo_the_face_is(place: Box) -> None:
    def count_ground(place: Box) -> int:
        """Pixels of the label's ground, where no letter is."""
        return int((drawn("S1001-2026", place).min(axis=2) > 240).sum())

    assert count_ground(place) == pytest.approx(count_ground(Box(20, 90 + place.width, 20 + place.height, 90)), rel=0.1)
