from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recognizer.domain.following.detection import Encoding
from recognizer.domain.following.geometry import Box
from recognizer.domain.following.track import Track
from recognizer.domain.naming.answers import Answers
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Candidate, Identification, Probe
from recognizer.domain.naming.some_students import LEAST_AWAITED, TIMES_COUNTED
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, FixedTolerances, Looks, Tolerance

STUDENTS = 14
ROOM, FEWER, FEW = 0.40, 0.43, 0.46
"""The tolerance among all of them, among one more than the fewest that are ever searched for, and among these."""

BOX = Box(0, 100, 100, 0)


class ByNumberSearched:
    """Tolerances that widen as fewer are searched for."""

    def for_search(self, searched: int, share: float = 1.0, looks: Looks = "track") -> Tolerance:
        return FixedTolerances(
            {TIMES_COUNTED * LEAST_AWAITED: FEW, TIMES_COUNTED * (LEAST_AWAITED + 1): FEWER}.get(searched, ROOM)
        )


class Counting(Identification):
    """Counts the probes that it is asked."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__(gallery, ByNumberSearched())
        self.asked = 0

    def identify_alone(self, probes: Sequence[Probe], present: frozenset[str] = frozenset()) -> list[Candidate]:
        self.asked += len(probes)
        return super().identify_alone(probes, present)


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


def test_once_most_of_a_class_is_present_a_face_is_searched_for_among_the_others(identification: Counting) -> None:
    answers, doubtful = Answers(), track(50, person(13, off=0.44))
    answers.renew([doubtful], identification)
    assert number(answers, doubtful) is None, "among all it is too far off"
    others = found(STUDENTS - LEAST_AWAITED)
    answers.renew([doubtful, *others], identification)
    answers.renew([doubtful, *others], identification)
    assert number(answers, doubtful) == "S13"
    # And stays so, whatever is asked next.
    doubtful.add_encoding(person(13, off=0.44), 0.8, 1.0)
    answers.renew([doubtful, *others], identification)
    assert number(answers, doubtful) == "S13"


def test_those_found_count_as_present_when_they_look_away(identification: Counting) -> None:
    answers, doubtful = Answers(), track(50, person(13, off=0.44))
    answers.renew(found(STUDENTS - LEAST_AWAITED), identification)
    answers.renew([doubtful], identification)
    assert number(answers, doubtful) == "S13"


def test_nobody_is_given_the_name_of_a_student_who_is_present_by_the_tolerance_for_few(
    identification: Counting,
) -> None:
    answers, like_the_first = Answers(), track(50, person(0, off=0.44))
    answers.renew(found(STUDENTS - LEAST_AWAITED), identification)
    answers.renew([like_the_first], identification)
    assert number(answers, like_the_first) is None


def test_a_name_among_few_takes_as_many_encodings_as_a_decision(identification: Counting) -> None:
    answers = Answers()
    answers.renew(found(STUDENTS - LEAST_AWAITED), identification)
    hasty = track(50, person(13, off=0.44), DECISIVE_ENCODINGS - 1)
    answers.renew([hasty], identification)
    assert number(answers, hasty) is None


def test_a_student_who_was_named_among_few_does_not_make_them_fewer(identification: Counting) -> None:
    """One doubtful name must not lead to the next."""
    answers, one, other = Answers(), track(50, person(12, off=0.42)), track(51, person(13, off=0.44))
    answers.renew(found(STUDENTS - LEAST_AWAITED - 1), identification)
    for _ in range(3):
        answers.renew([one, other], identification)
    assert (number(answers, one), number(answers, other)) == ("S12", None)


def test_another_gallery_or_roster_begins_anew(identification: Counting) -> None:
    answers, doubtful = Answers(), track(50, person(13, off=0.44))
    answers.renew(found(STUDENTS - LEAST_AWAITED), identification)
    again = Gallery.empty()
    for student in range(STUDENTS):
        again = again.with_reference(f"S{student}", str(student), person(student))
    answers.renew([doubtful], Counting(again))
    assert number(answers, doubtful) is None


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
