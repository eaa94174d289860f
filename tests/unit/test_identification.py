from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.domain.following.detection import Encoding
from recognizer.domain.naming.candidate import Candidate, NearStudent, Probe, settle_rivals
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.domain.naming.promise import PromisedTolerances
from recognizer.domain.naming.tolerance import FixedTolerances, Looks, Tolerance

TOLERANCES = FixedTolerances(0.45)


class ByNumberSearched:
    """Tolerances that a test sets by how many students are searched."""

    def __init__(self, by_searched: dict[int, float]) -> None:
        self._by_searched = by_searched

    def for_search(self, searched: int, share: float = 1.0, looks: Looks = "track") -> Tolerance:
        return FixedTolerances(self._by_searched[searched])


def at(distance: float, axis: int = 0) -> Encoding:
    """An encoding that far from the origin."""
    encoding = np.zeros(128, np.float32)
    encoding[axis] = distance
    return encoding


def gallery(*references: tuple[str, float]) -> Gallery:
    """References at these distances from the origin, each in a direction of its own."""
    built = Gallery.empty()
    for row, (number, distance) in enumerate(references):
        built = built.with_reference(number, f"photo {row}", at(distance, row))
    return built


def ask(asked: Gallery, encodings: int = 5, expected: set[str] | None = None) -> Candidate:
    """The answer to a probe at the origin."""
    identification = Identification(asked, TOLERANCES, None if expected is None else frozenset(expected))
    (candidate,) = identification.identify([Probe(at(0), encodings)])
    return candidate


def test_the_nearest_student_within_the_tolerance_is_named_with_the_evidence() -> None:
    candidate = ask(gallery(("near", 0.3), ("far", 0.6)))
    assert (candidate.verdict, candidate.number, candidate.runner_up_number) == ("student", "near", "far")
    assert candidate.distance == pytest.approx(0.3)
    assert candidate.runner_up_distance == pytest.approx(0.6)


def test_a_stranger_is_nobody_with_the_evidence() -> None:
    candidate = ask(gallery(("near", 0.46), ("far", 0.9)))
    assert (candidate.verdict, candidate.number) == ("nobody", None)
    assert candidate.distance == pytest.approx(0.46)


def test_a_face_between_two_students_is_neither() -> None:
    assert ask(gallery(("one", 0.38), ("other", 0.41))).verdict == "undecided"
    assert ask(gallery(("one", 0.38), ("other", 0.44))).number == "one"


def test_who_is_a_little_farther_than_the_tolerance_is_near_and_who_is_farther_still_is_not() -> None:
    assert ask(gallery(("near", 0.48), ("far", 0.6))).near == (NearStudent("near", pytest.approx(0.48), 0.45),)
    assert ask(gallery(("near", 0.5), ("far", 0.6))).near == ()
    assert ask(gallery(("near", 0.3), ("far", 0.6))).near == (), "a student who is named is not nearly named"


def test_of_two_students_as_near_as_each_other_both_are_near() -> None:
    assert [each.number for each in ask(gallery(("one", 0.38), ("other", 0.41))).near] == ["one", "other"]


def test_a_name_just_inside_the_tolerance_says_how_near_would_be_sure() -> None:
    (student,) = ask(gallery(("near", 0.43), ("far", 0.6))).near
    assert (student.number, student.sure_below) == ("near", pytest.approx(0.9 * 0.45))


def test_only_expected_students_are_near_and_not_where_somebody_else_is_clearly_nearer() -> None:
    asked = gallery(("expected", 0.48), ("other", 0.6))
    assert [each.number for each in ask(asked, expected={"expected"}).near] == ["expected"]
    assert ask(asked, expected={"other"}).near == ()
    assert ask(gallery(("expected", 0.49), ("visitor", 0.43)), expected={"expected"}).near == ()


def test_another_photo_of_the_same_student_is_no_rival() -> None:
    candidate = ask(gallery(("one", 0.40), ("other", 0.5), ("one", 0.41)))
    assert (candidate.number, candidate.runner_up_number) == ("one", "other")


def test_several_photos_of_a_student_count_by_their_mean() -> None:
    candidate = ask(gallery(("one", 0.6), ("other", 0.55), ("one", 0.6)))
    assert candidate.number == "one", "each of the two photos is too far off alone"
    assert candidate.distance == pytest.approx(0.6 / 2**0.5)


def test_a_face_just_as_on_one_of_several_different_photos_is_named_by_it() -> None:
    """Of a recent photo among old ones; with a distance that was fixed only the mean counts."""
    asked = gallery(("one", 0.1), ("one", 0.9), ("other", 0.8), ("other", 0.8), ("third", 0.9), ("fourth", 1.0))
    tolerances = PromisedTolerances(ImpostorLaw(mean=0.45, deviation=0.12, within=0.09, people=40), 0.001)
    (answer,) = Identification(asked, tolerances).identify([Probe(at(0), 1)])
    assert (answer.number, answer.distance) == ("one", pytest.approx((0.05**2 + 0.45**2) ** 0.5))
    (answer,) = Identification(asked.without("one"), tolerances).identify([Probe(at(0), 1)])
    assert answer.number is None
    assert ask(asked).number is None


def test_in_an_empty_gallery_everyone_is_nobody() -> None:
    assert ask(Gallery.empty(), encodings=1) == Candidate("nobody", None, math.inf, None, None)


def test_in_a_gallery_of_one_there_is_no_runner_up() -> None:
    candidate = ask(gallery(("only", 0.3)))
    assert (candidate.number, candidate.runner_up_number, candidate.runner_up_distance) == ("only", None, None)


def test_a_student_of_one_photo_is_as_near_as_one_of_many_that_their_scatter_brings_nearer() -> None:
    class OneLaw(FixedTolerances):
        """A single reference lies 0.1 off its student's centre."""

    tolerances = OneLaw(0.45, reference_scatter=0.1)
    of_many = [("many", 0.36)] * 5
    asked = Gallery.empty()
    for photo, (number, distance) in enumerate([("one", 0.4), *of_many]):
        asked = asked.with_reference(number, f"photo {photo}", at(distance, 1 if number == "many" else 0))
    (answer,) = Identification(asked, tolerances).identify([Probe(at(0), 5)])
    # 0.4² - 0.1 = 0.06 to the centre of the one; 0.36² - 0.1 / 5 = 0.11 to that of the other.
    assert (answer.number, answer.runner_up_number) == ("one", "many")
    assert (answer.distance, answer.runner_up_distance) == (pytest.approx(0.4), pytest.approx(0.36))


def test_a_stranger_is_undecided_until_more_encodings_cannot_help() -> None:
    verdicts = [ask(gallery(("near", 0.5)), encodings).verdict for encodings in (1, 3, 5, 12)]
    assert verdicts == ["undecided", "undecided", "nobody", "nobody"]


def twins() -> tuple[Gallery, Encoding, Encoding]:
    """Two students 0.2 apart, and two others far from them."""
    one, other = at(0.1, 0), at(-0.1, 0)
    return (
        gallery(("far", 0.9), ("too", 0.9)).with_reference("cai", "c", one).with_reference("dai", "d", other),
        one,
        other,
    )


def test_a_name_is_just_inside_where_neither_the_mean_nor_a_photo_is_well_inside() -> None:
    assert not ask(gallery(("s", 0.40), ("other", 0.9))).is_just_inside
    assert ask(gallery(("s", 0.42), ("other", 0.9))).is_just_inside
    assert ask(gallery(("s", 0.42), ("other", 0.9)), expected={"other"}).is_just_inside, "a visitor too"
    assert not ask(gallery(("s", 0.47), ("other", 0.9))).is_just_inside, "nobody has no name to doubt"


def test_twins_are_told_apart_only_by_many_encodings_and_a_wide_margin() -> None:
    both, one, other = twins()
    identification = Identification(both, TOLERANCES)
    clear, unclear = one, (0.7 * one + 0.3 * other).astype(np.float32)
    assert identification.identify([Probe(clear, 4)])[0].verdict == "undecided"
    assert identification.identify([Probe(clear, 5)])[0].number == "cai"
    assert identification.identify([Probe(unclear, 12)])[0].verdict == "undecided"
    without = Identification(both.without("dai"), TOLERANCES)
    assert without.identify([Probe(unclear, 1)])[0].number == "cai", "alone nobody looks like them"


PHOTOS_APART = FixedTolerances(0.45, reference_scatter=0.1)
"""Two single photos of one person lie 0.45 apart on average: 0.2 = 0.1 + 0.1, as a squared distance."""


def pair_apart(distance: float, photos: Sequence[int]) -> Gallery:
    """Two students that far apart, with so many photos, and one far from both."""
    numbers = [number for number, count in zip(("cai", "dai"), photos, strict=True) for _ in range(count)]
    built = gallery(("far", 1.2))
    for photo, number in enumerate(numbers):
        built = built.with_reference(number, f"photo {photo}", at(distance if number == "dai" else 0.0))
    return built


@pytest.mark.parametrize("photos", [(1, 1), (3, 3), (1, 5), (5, 1)], ids=str)
@pytest.mark.parametrize("expected", [None, ("cai", "dai", "far"), ("cai",), ()], ids=str)
def test_students_whose_photos_may_as_well_be_one_persons_are_never_guessed(
    photos: tuple[int, int], expected: tuple[str, ...] | None
) -> None:
    roster = None if expected is None else frozenset(expected)
    apart = (0.1 / photos[0] + 0.1 / photos[1]) ** 0.5
    for position in (-0.1, 0.0, 0.1):  # As far on one's side as can be.
        asked = Identification(pair_apart(1.05 * apart, photos), PHOTOS_APART, roster)
        (answer,) = asked.identify([Probe(at(position), 9)])
        assert (answer.verdict, answer.number) == ("undecided", None)
        assert {each.number for each in answer.one_of} == {"cai", "dai"}, "the pair stands in the evidence"
    told_apart = Identification(pair_apart(1.5 * apart, photos), PHOTOS_APART, roster)
    assert told_apart.identify([Probe(at(-0.1), 9)])[0].number == "cai", "siblings can be told apart"


def test_twins_side_by_side_each_keep_their_name() -> None:
    both, one, other = twins()
    answers = Identification(both, TOLERANCES).identify([Probe(other, 5), Probe(one, 5)])
    assert [answer.number for answer in answers] == ["dai", "cai"]


def test_a_student_of_another_course_is_a_visitor() -> None:
    candidate = ask(gallery(("here", 0.9), ("elsewhere", 0.3)), expected={"here"})
    assert (candidate.verdict, candidate.number, candidate.runner_up_number) == ("visitor", "elsewhere", "here")


def test_a_visitor_is_not_taken_for_the_expected_student_who_resembles_them() -> None:
    assert ask(gallery(("here", 0.35), ("elsewhere", 0.2)), expected={"here"}).number == "elsewhere"
    assert ask(gallery(("here", 0.30), ("elsewhere", 0.28)), expected={"here"}).verdict == "undecided"


def test_with_a_roster_of_nobody_enrolled_everyone_is_a_visitor() -> None:
    assert ask(gallery(("elsewhere", 0.3)), expected={"not enrolled"}).verdict == "visitor"
    assert ask(gallery(("elsewhere", 0.3)), expected=set()).verdict == "visitor"


def test_among_the_few_expected_a_student_is_found_whom_the_crowd_of_all_others_would_hide() -> None:
    tolerances = ByNumberSearched({1: 0.45, 40: 0.2, 41: 0.2})
    everyone = gallery(("here", 0.4), *((f"elsewhere {n}", 0.42) for n in range(40)))
    probe = [Probe(at(0), 5)]
    assert Identification(everyone, tolerances).identify(probe)[0].verdict == "nobody"
    candidate = Identification(everyone, tolerances, frozenset({"here"})).identify(probe)[0]
    assert (candidate.verdict, candidate.number) == ("student", "here")
    assert candidate.runner_up_distance == pytest.approx(0.42), "the evidence does not hide them"


def test_who_is_clearly_nearer_to_somebody_not_expected_is_not_marked() -> None:
    tolerances = ByNumberSearched({1: 0.45, 2: 0.2})
    candidate = Identification(gallery(("here", 0.4), ("elsewhere", 0.3)), tolerances, frozenset({"here"}))
    assert candidate.identify([Probe(at(0), 5)])[0].number in (None, "elsewhere")


def test_of_two_faces_that_look_like_one_student_the_nearer_is_the_student() -> None:
    asked = Identification(gallery(("1", 0.4), ("2", 0.9)), TOLERANCES)
    answers = asked.identify([Probe(at(0.02), 5), Probe(at(0.1), 5)])
    assert [(answer.verdict, answer.number) for answer in answers] == [("undecided", None), ("student", "1")]


CANDIDATES = st.lists(
    st.builds(
        lambda number, distance: Candidate("student" if number else "nobody", number, distance),
        st.sampled_from([None, "1", "2", "3"]),
        st.floats(0, 1),
    )
)


@given(CANDIDATES)
def test_no_student_is_named_twice_and_none_is_forgotten(candidates: list[Candidate]) -> None:
    settled = settle_rivals(candidates)
    named = [candidate.number for candidate in settled if candidate.number]
    assert sorted(named) == sorted({candidate.number for candidate in candidates if candidate.number})
    assert [candidate.distance for candidate in settled] == [candidate.distance for candidate in candidates]


SEEDS = st.integers(0, 2**32 - 1)


def made_up(seed: int, students: int = 6, faces: int = 5) -> tuple[Gallery, list[Probe]]:
    """Students with one to three references, and faces near to some of them, all drawn from the seed."""
    random = np.random.default_rng(seed)
    people = random.normal(0, 0.04, (students, 128))
    built = Gallery.empty()
    for number, person in enumerate(people):
        for photo in range(random.integers(1, 4)):
            reference = (person + random.normal(0, 0.015, 128)).astype(np.float32)
            built = built.with_reference(f"S{number}", f"{number} {photo}", reference)
    seen = people[random.integers(0, students, faces)] + random.normal(0, random.uniform(0.01, 0.05), (faces, 128))
    return built, [Probe(face.astype(np.float32), int(random.integers(1, 8))) for face in seen]


def rounded(candidates: Sequence[Candidate]) -> list[tuple[object, ...]]:
    return [(c.verdict, c.number, round(c.distance, 4), c.runner_up_number) for c in candidates]


@given(SEEDS, st.permutations(range(5)))
def test_the_order_of_the_faces_does_not_matter(seed: int, order: list[int]) -> None:
    built, probes = made_up(seed)
    identification = Identification(built, TOLERANCES)
    answers = rounded(identification.identify(probes))
    assert rounded(identification.identify([probes[index] for index in order])) == [answers[index] for index in order]


@given(SEEDS, st.integers(0, 63))
def test_a_name_is_given_once_and_only_within_tolerance_and_margin(seed: int, roster: int) -> None:
    built, probes = made_up(seed)
    expected = frozenset(f"S{n}" for n in range(6) if roster >> n & 1)
    answers = Identification(built, TOLERANCES, expected).identify(probes)
    named = [answer.number for answer in answers if answer.number is not None]
    assert len(named) == len(set(named))
    means = {number: built.only([number]).encodings.mean(axis=0) for number in built.students}
    for probe, answer in zip(probes, answers, strict=True):
        distances = {number: float(np.linalg.norm(mean - probe.encoding)) for number, mean in means.items()}
        if answer.number is not None:
            assert distances[answer.number] <= TOLERANCES.distance + 1e-6
            assert (answer.verdict == "student") == (answer.number in expected)
            others = [distance for number, distance in distances.items() if number != answer.number]
            assert min(others) - distances[answer.number] >= 0.05 - 1e-6
        elif probe.encodings >= 5 and answer.verdict == "nobody":
            assert min(distances.values()) > 0.45 - 1e-6


@given(SEEDS)
def test_a_student_far_from_everyone_changes_no_answer(seed: int) -> None:
    built, probes = made_up(seed)
    further = built.with_reference("far", "f", at(5))
    answers = Identification(built, TOLERANCES).identify(probes)
    assert rounded(Identification(further, TOLERANCES).identify(probes)) == rounded(answers)
