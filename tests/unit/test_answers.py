from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recognizer.domain.following.detection import Encoding
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.track import ScoredEncoding, Track
from recognizer.domain.naming.answers import CONFIRMING_ENCODINGS, Answers
from recognizer.domain.naming.candidate import Candidate, Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, FixedTolerances

STUDENTS, ROOM = 14, 0.40
BOX = Box(0, 100, 100, 0)


class Counting(Identification):
    """Counts the probes that it is asked."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__(gallery, FixedTolerances(ROOM))
        self.asked = 0

    def identify_alone(self, probes: Sequence[Probe]) -> list[Candidate]:
        self.asked += len(probes)
        return super().identify_alone(probes)


def person(axis: int, off: float = 0.0) -> Encoding:
    """Two persons lie 0.8 apart; ``off`` is how far from their reference one looks."""
    encoding = np.zeros(128, np.float32)
    encoding[axis], encoding[100 + axis] = 0.8 / 2**0.5, off
    return encoding


def track(track_id: int, encoding: Encoding, encodings: int = DECISIVE_ENCODINGS) -> Track:
    made = Track(track_id, BOX.moved(300 * track_id, 0), 0.0, "confirmed", hits=2)
    for _ in range(encodings):
        made.add_encoding(encoding, 0.8, 0.0)
    return made


@pytest.fixture
def identification() -> Counting:
    gallery = Gallery.empty()
    for student in range(STUDENTS):
        gallery = gallery.with_reference(f"S{student}", str(student), person(student))
    return Counting(gallery)


def number(answers: Answers, track: Track) -> str | None:
    answer = answers.of(track)
    assert answer is not None
    return answer.candidate.number


def found(students: int) -> list[Track]:
    """The tracks of so many students, from S0 on, who look as in their photos."""
    return [track(1 + student, person(student)) for student in range(students)]


def test_another_gallery_or_roster_is_asked_about_every_track(identification: Counting) -> None:
    answers, room = Answers(), found(5)
    answers.renew(room, identification)
    others = Gallery.empty()
    for student in range(STUDENTS):
        others = others.with_reference(f"T{student}", str(student), person(student))
    answers.renew(room, Counting(others))
    assert [number(answers, one) for one in room] == [f"T{student}" for student in range(5)]


def test_of_a_full_room_only_the_track_with_another_encoding_is_searched_for_again(identification: Counting) -> None:
    answers, room = Answers(), found(5)
    for _ in range(3):
        answers.renew(room, identification)
    identification.asked = 0
    room[2].add_encoding(person(2, off=0.1), 0.8, 1.0)
    answers.renew(room, identification)
    assert identification.asked == 1
    assert [number(answers, one) for one in room] == [f"S{student}" for student in range(5)]


def test_a_track_that_was_not_asked_again_still_contends_for_its_name(identification: Counting) -> None:
    answers, own = Answers(), track(1, person(3, off=0.1))
    answers.renew([own], identification)
    rival = track(2, person(3, off=0.3))
    answers.renew([own, rival], identification)
    assert (number(answers, own), number(answers, rival)) == ("S3", None)
    # Once the nearer one has left, the other is free to have it.
    answers.renew([rival], identification)
    assert number(answers, rival) == "S3"


def doubt(answers: Answers, track: Track) -> tuple[str | None, bool]:
    answer = answers.of(track)
    assert answer is not None
    assert track.is_named == (answer.candidate.number is not None and not answer.is_doubtful)
    return answer.candidate.number, answer.is_doubtful


def test_a_name_just_inside_the_tolerance_is_doubtful_until_two_further_encodings_leave_it(
    identification: Counting,
) -> None:
    answers, sure, near = Answers(), track(1, person(0, 0.3)), track(2, person(1, 0.38))
    told = []
    for _ in range(CONFIRMING_ENCODINGS + 1):
        answers.renew([sure, near], identification)
        told.append((doubt(answers, sure), doubt(answers, near)))
        near.add_encoding(person(1, 0.38), 0.8, 1.0)

    assert [of_sure for of_sure, _ in told] == [("S0", False)] * 3
    assert [of_near for _, of_near in told] == [("S1", True), ("S1", True), ("S1", False)]


def test_a_doubtful_name_that_was_lost_in_between_begins_anew(identification: Counting) -> None:
    answers, near = Answers(), track(1, person(0, 0.38))
    told = []
    for off in (0.38, 1.2, 0.38):
        near.best = [ScoredEncoding(person(0, off), 0.8)] * DECISIVE_ENCODINGS
        near.times_encoded += DECISIVE_ENCODINGS
        answers.renew([near], identification)
        told.append(doubt(answers, near))

    assert told == [("S0", True), (None, False), ("S0", True)]


def test_with_another_gallery_a_doubtful_name_begins_anew(identification: Counting) -> None:
    answers, near = Answers(), track(1, person(0, 0.38))
    for _ in range(CONFIRMING_ENCODINGS + 1):
        answers.renew([near], identification)
        near.add_encoding(person(0, 0.38), 0.8, 1.0)
    assert doubt(answers, near) == ("S0", False)

    answers.renew([near], Counting(Gallery.empty().with_reference("S0", "0", person(0))))

    assert doubt(answers, near) == ("S0", True)
