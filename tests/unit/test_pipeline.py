from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from recognizer.camera.pipeline import MOST_AT_ONCE, Pipeline
from recognizer.domain.following.detection import Encoding, Frame, Region
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.revisits import ENOUGH_ENCODINGS, MOST_ENCODINGS_PER_TRACK
from recognizer.domain.following.surroundings import Movement
from recognizer.domain.following.suspicion import LEAST_ENCODINGS
from recognizer.domain.following.track import KEPT_ENCODINGS
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import FixedTolerances
from recognizer.domain.register.attendance import Sighting
from tests.fakes import FakeAttention, FakeDetector, FakeEncoder, FakeQualityGate, FakeSurroundings

STARTED_AT = datetime.fromisoformat("2026-03-02T09:00")
LEFT, MIDDLE, RIGHT = (Box(100, 200 + x, 200, 100 + x) for x in (0, 400, 800))


def person(axis: int, by: float = 0.0) -> Encoding:
    """Two persons lie 0.8 apart; ``by`` is how far off their reference one looks."""
    encoding = np.zeros(128, np.float32)
    encoding[axis], encoding[100 + axis] = 0.8 / 2**0.5, by
    return encoding


def living(axis: int, moment: int) -> Encoding:
    """The person as they look at one moment; two moments lie 0.32 apart."""
    return person(axis) + np.random.default_rng(moment).normal(0, 0.02, 128).astype(np.float32)


GALLERY = Gallery.empty().with_reference("ann", "a", person(0)).with_reference("bob", "b", person(1))


class Classroom:
    """A pipeline whose people are told where to be; a look every half second."""

    def __init__(self) -> None:
        self.attention, self.detector = FakeAttention(), FakeDetector()
        self.gate, self.encoder = FakeQualityGate(), FakeEncoder()
        self.surroundings = FakeSurroundings()
        self.pipeline = Pipeline(
            "front",
            attention=self.attention,
            detector=self.detector,
            quality_gate=self.gate,
            encoder=self.encoder,
            identification=Identification(GALLERY, FixedTolerances(0.45)),
            surroundings=self.surroundings,
        )
        self.position = 0.0
        self.near_misses: list[Sighting] = []

    def look(self, people: dict[Box, Encoding], times: int = 1, size: tuple[int, int] = (720, 1280)) -> list[Sighting]:
        """The sightings of the last of so many looks at these people, in pictures of that height and width.

        Near misses stand in ``near_misses``.
        """
        self.detector.faces, self.encoder.looks = list(people), people
        sightings = []
        for _ in range(times):
            at = STARTED_AT + timedelta(seconds=self.position)
            sightings = self.pipeline.step(Frame(np.zeros((*size, 3), np.uint8), at, self.position))
            self.position += 0.5
        self.near_misses = [sighting for sighting in sightings if sighting.is_near_miss]
        return [sighting for sighting in sightings if not sighting.is_near_miss]


@pytest.fixture
def classroom() -> Classroom:
    return Classroom()


def numbers(sightings: list[Sighting]) -> list[str]:
    return sorted(sighting.student_number for sighting in sightings)


def test_a_student_is_named_with_the_second_look_when_near_and_with_more_encodings_when_not(
    classroom: Classroom,
) -> None:
    assert classroom.look({LEFT: person(0, 0.2), RIGHT: person(1, 0.48)}) == []
    (sighting,) = classroom.look({LEFT: person(0, 0.2), RIGHT: person(1, 0.48)})
    assert sighting.student_number == "ann"
    assert (sighting.camera_name, sighting.box) == ("front", LEFT)
    assert sighting.seen_at == STARTED_AT + timedelta(seconds=0.5)
    assert sighting.distance == pytest.approx(0.2)
    assert sighting.runner_up_number == "bob"
    assert sighting.encodings == 1
    assert numbers(classroom.look({LEFT: person(0, 0.2), RIGHT: person(1, 0.2)})) == ["ann", "bob"]


def test_a_face_that_comes_near_to_a_student_is_told_as_a_near_miss_until_it_is_surely_named(
    classroom: Classroom,
) -> None:
    assert classroom.look({LEFT: person(0, 0.48), RIGHT: person(1, 0.6)}, times=2) == []
    (miss,) = classroom.near_misses
    assert (miss.student_number, miss.runner_up_number, miss.box, miss.sure_below) == ("ann", "bob", LEFT, 0.45)
    assert miss.distance == pytest.approx(0.48)
    classroom.look({LEFT: person(0, 0.1), RIGHT: person(1, 0.6)}, times=4)
    assert classroom.near_misses == []


def test_a_name_that_is_still_doubtful_is_a_near_miss_too(classroom: Classroom) -> None:
    (sighting,) = classroom.look({LEFT: person(0, 0.43)}, times=2)
    assert sighting.is_doubtful
    (miss,) = classroom.near_misses
    assert (miss.student_number, miss.sure_below) == ("ann", pytest.approx(0.9 * 0.45))


def test_who_is_not_known_by_a_poor_first_look_is_named_in_the_look_that_makes_it_good(classroom: Classroom) -> None:
    assert classroom.look({LEFT: person(0, 0.5)}) == []
    (sighting,) = classroom.look({LEFT: person(0, 0.1)})
    assert (sighting.student_number, sighting.encodings) == ("ann", 2)


def test_a_student_who_looks_down_is_sighted_again_once_their_face_was_checked(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0)}, times=3)
    encoded = sum(classroom.encoder.batches)
    classroom.look({})
    assert classroom.look({LEFT: person(0)}, times=10) == []
    assert sum(classroom.encoder.batches) == encoded
    assert numbers(classroom.look({LEFT: person(0)}, times=30)) == ["ann"]
    assert sum(classroom.encoder.batches) == encoded + 1


def test_an_enrolled_student_who_is_not_expected_is_sighted_as_a_visitor(classroom: Classroom) -> None:
    classroom.pipeline.identification = Identification(GALLERY, FixedTolerances(0.45), frozenset({"ann"}))
    sightings = classroom.look({LEFT: person(0), RIGHT: person(1)}, times=3)
    assert {sighting.student_number: sighting.is_visitor for sighting in sightings} == {"ann": False, "bob": True}


def test_every_look_at_a_named_student_moves_their_last_seen(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0)}, times=3)
    for look in range(3, 30):
        (sighting,) = classroom.look({LEFT: person(0)})
        assert sighting.seen_at == STARTED_AT + timedelta(seconds=look * 0.5)


def test_in_pictures_of_another_size_nobody_is_taken_for_who_was_at_that_place(classroom: Classroom) -> None:
    assert numbers(classroom.look({LEFT: person(0)}, times=5)) == ["ann"]
    before = classroom.look({LEFT: person(0)})[0].track_id

    assert classroom.look({LEFT: person(0)}, size=(480, 640)) == []
    (sighting,) = classroom.look({LEFT: person(0)}, times=4, size=(480, 640))
    assert sighting.student_number == "ann"
    assert sighting.track_id != before


def test_who_is_not_in_the_frame_is_not_sighted(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0)}, times=3)
    assert classroom.look({}) == []


def test_a_stranger_is_never_named(classroom: Classroom) -> None:
    assert classroom.look({LEFT: person(7)}, times=20) == []


def test_faces_of_poor_quality_name_nobody(classroom: Classroom) -> None:
    classroom.gate.refused = {LEFT}
    assert classroom.look({LEFT: person(0)}, times=10) == []
    assert sum(classroom.encoder.batches) == 0


def test_two_people_are_never_one_student(classroom: Classroom) -> None:
    sightings = classroom.look({LEFT: person(0, 0.3), RIGHT: person(0, 0.1)}, times=3)
    assert [(sighting.student_number, round(sighting.distance, 2)) for sighting in sightings] == [("ann", 0.1)]


def test_a_look_alike_does_not_take_the_name_while_the_student_looks_away(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0, 0.1), RIGHT: person(0, 0.3)}, times=3)
    assert classroom.look({RIGHT: person(0, 0.3)}) == []


def test_a_student_whose_seat_is_taken_is_not_seen_on(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0)}, times=6)
    classroom.look({}, times=2)
    assert classroom.look({LEFT: person(7)}, times=20) == []


def test_a_student_who_changes_places_with_another_is_still_themselves(classroom: Classroom) -> None:
    assert numbers(classroom.look({LEFT: person(0), RIGHT: person(1)}, times=6)) == ["ann", "bob"]
    # Swapped between two looks, so that the tracks slide; a check within a minute tells them apart.
    classroom.look({LEFT: person(1), RIGHT: person(0)}, times=130)
    sightings = classroom.look({LEFT: person(1), RIGHT: person(0)})
    assert {sighting.student_number: sighting.box for sighting in sightings} == {"ann": RIGHT, "bob": LEFT}
    assert [round(sighting.distance, 3) for sighting in sightings] == [0, 0]


def test_a_still_class_is_not_encoded_over_and_over(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0), MIDDLE: person(1)}, times=100)
    assert sum(classroom.encoder.batches) <= 2 * (LEAST_ENCODINGS + 1)


def test_a_class_that_moves_a_little_is_hardly_encoded_again(classroom: Classroom) -> None:
    for index in range(100):
        classroom.look({LEFT: living(0, index), MIDDLE: living(1, index)})
    assert sum(classroom.encoder.batches) == 2 * ENOUGH_ENCODINGS


def test_a_stranger_is_encoded_a_set_number_of_times(classroom: Classroom) -> None:
    classroom.look({RIGHT: person(7)}, times=100)
    assert KEPT_ENCODINGS < sum(classroom.encoder.batches) <= MOST_ENCODINGS_PER_TRACK


def test_one_frame_encodes_a_few_faces_and_a_full_room_gets_its_turn(classroom: Classroom) -> None:
    room = {
        Box(y, 200 + x, 100 + y, 100 + x): person((x + y) // 400 % 20)
        for x in range(0, 6000, 400)
        for y in (0, 4000, 8000, 12000)
    }
    classroom.attention.regions_now = [Region(Box(-100, 20_000, 20_000, -100), 1)]
    classroom.look(room, times=15)
    assert max(classroom.encoder.batches) == MOST_AT_ONCE
    assert numbers(classroom.look(room)) == ["ann", "bob"]


def test_who_was_not_looked_at_is_neither_sighted_nor_gone(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0), RIGHT: person(1)}, times=3)
    classroom.attention.regions_now = [Region(Box(0, 400, 400, 0), 1)]
    assert numbers(classroom.look({LEFT: person(0), RIGHT: person(1)}, times=12)) == ["ann"]
    classroom.attention.regions_now = [Region(Box(0, 2000, 400, 0), 1)]
    (bob,) = [s for s in classroom.look({LEFT: person(0), RIGHT: person(1)}) if s.student_number == "bob"]
    assert bob.encodings == 2


def test_a_frame_without_anything_to_look_at_costs_no_look(classroom: Classroom) -> None:
    classroom.attention.regions_now = []
    assert classroom.look({LEFT: person(0)}, times=5) == []
    assert (classroom.pipeline.frames, classroom.pipeline.looks) == (5, 0)


def test_a_new_gallery_counts_from_the_next_frame(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0)}, times=3)
    classroom.pipeline.identification = Identification(GALLERY.without("ann"), FixedTolerances(0.45))
    assert classroom.look({LEFT: person(0)}) == []


def test_frames_looks_and_faces_are_counted(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0), RIGHT: person(1)}, times=2)
    assert (classroom.pipeline.frames, classroom.pipeline.looks, classroom.pipeline.faces) == (2, 2, 4)


def test_the_same_frames_give_the_same_sightings() -> None:
    def play() -> list[Sighting]:
        return Classroom().look({LEFT: person(0, 0.1), RIGHT: person(1, 0.2)}, times=8)

    assert play() == play() != []


def test_a_face_of_one_of_two_look_alikes_is_sighted_as_both_and_as_neither_alone(classroom: Classroom) -> None:
    twins = GALLERY.with_reference("eve", "e", person(2, 0.1)).with_reference("fay", "f", person(2, -0.1))
    classroom.pipeline.identification = Identification(twins, FixedTolerances(0.45), frozenset(["ann", "eve"]))
    assert classroom.look({LEFT: person(2)}, times=2) == [], "one look more may tell them apart"
    sightings = classroom.look({LEFT: person(2)}, times=60)
    assert [(each.student_number, each.runner_up_number) for each in sightings] == [("eve", "fay"), ("fay", "eve")]
    assert all(each.is_between and each.sample is None for each in sightings)


def test_the_faces_in_sight_are_those_that_the_latest_looks_found_more_than_once(classroom: Classroom) -> None:
    classroom.look({LEFT: person(0), RIGHT: person(1)})
    assert classroom.pipeline.faces_in_sight == 0
    classroom.look({LEFT: person(0), RIGHT: person(1)}, times=3)
    assert classroom.pipeline.faces_in_sight == 2
    # Where nothing moves nobody looks again, and they are there still.
    classroom.attention.regions_now = []
    classroom.look({})
    assert classroom.pipeline.faces_in_sight == 2
    classroom.attention.regions_now = [Region(Box(-100, 10_000, 10_000, -100), 1)]
    classroom.look({LEFT: person(0)})
    assert classroom.pipeline.faces_in_sight == 1


def suspicions(sightings: list[Sighting]) -> dict[str, str]:
    return {sighting.student_number: sighting.suspicion for sighting in sightings}


def test_one_students_face_twice_in_a_picture_is_suspicious_and_named_all_the_same(classroom: Classroom) -> None:
    seen = {LEFT: person(0, 0.1), MIDDLE: person(0, 0.12), RIGHT: person(1, 0.1)}
    assert suspicions(classroom.look(seen, 3)) == {"ann": "twice", "bob": ""}
    classroom.look({LEFT: person(0, 0.1), RIGHT: person(1, 0.1)}, 20)
    assert suspicions(classroom.look({LEFT: person(0, 0.1), RIGHT: person(1, 0.1)}))["ann"] == ""


def test_somebody_who_is_only_just_near_enough_makes_nobody_suspicious(classroom: Classroom) -> None:
    assert suspicions(classroom.look({LEFT: person(0, 0.1), RIGHT: person(0, 0.44)}, 3)) == {"ann": ""}


def test_a_face_that_never_changes_is_suspicious_and_a_living_one_is_not(classroom: Classroom) -> None:
    found = {}
    for index in range(500):
        found = suspicions(classroom.look({LEFT: person(0, 0.1), RIGHT: living(1, index)}))
    assert found == {"ann": "still", "bob": ""}


def test_a_face_with_which_all_around_it_moves_is_suspicious_and_others_are_not(classroom: Classroom) -> None:
    classroom.surroundings.says = Movement((0.2, 0.0), ((0.2, 0.0), (0.2, 0.0), (0.2, 0.0)))
    found = {}
    for moment in range(20):
        found = suspicions(classroom.look({LEFT: living(0, moment), RIGHT: person(2)}, 3)) or found
    assert found == {"ann": "carried"}
