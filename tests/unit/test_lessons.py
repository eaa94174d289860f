"""Composed lessons, of made-up people: what a person's many tracks come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import benchmarks.lesson.play
from benchmarks.lesson.casting import LEAST_MOMENTS, MOST_MOMENTS, Attendee, cast
from benchmarks.lesson.clip import spread
from benchmarks.lesson.command import summarize
from benchmarks.lesson.play import Outcome, play
from benchmarks.lesson.room import MOMENT_SHARE, Person
from benchmarks.lesson.subjects import Subject
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.tolerance import FixedTolerances, Tolerances
from tests.unit.test_tolerance import FRAMES_APART, Population

SECONDS = 240.0
"""Long enough for several tracks of each, and for all that a track keeps."""


def attend(
    population: Population, students: NDArray[np.float64], strangers: NDArray[np.float64], references: Sequence[int]
) -> list[Attendee]:
    """references: how many each student in turn has enrolled."""
    attendees = []
    for place, photos in enumerate(population.encodings(np.concatenate([students, strangers]), 8 + max(references))):
        enrolled = references[place % len(references)] if place < len(students) else 0
        number = f"S{place:02}" if place < len(students) else None
        attendees.append(Attendee(f"person {place}", number, photos[:enrolled], photos[max(references) :]))
    return attendees


def play_many(
    lessons: int,
    students: int,
    references: Sequence[int] = (3,),
    strangers: int = 8,
    kinds: int = 1,
    apart: float = 0.48,
) -> list[Outcome]:
    outcomes = []
    for seed in range(lessons):
        population = Population(seed, kinds, apart)
        attendees = attend(population, population.people(students), population.people(strangers), references)
        outcomes += play(attendees, np.random.default_rng(seed), SECONDS)
    return outcomes


def strangers_named(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([one.is_misnamed for one in outcomes if not one.is_student]))


def marked(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([one.is_marked for one in outcomes if one.is_student]))


@pytest.mark.parametrize("references", [(1,), (3,), (1, 3, 5)], ids=["one photo", "three", "unequal numbers"])
@pytest.mark.parametrize("students", [4, 12], ids=["a small gallery", "a class"])
def test_a_lesson_of_dependent_tracks_marks_the_students_and_names_hardly_a_stranger(
    students: int, references: tuple[int, ...]
) -> None:
    outcomes = play_many(4, students, references)
    # Of 32 strangers who sit there all the time, at one in a thousand tracks.
    assert strangers_named(outcomes) <= 1 / 32
    assert not any(one.is_misnamed for one in outcomes if one.is_student)
    # One of sixteen has a photo unlike all of their moments.
    assert marked(outcomes) >= (0.93 if references == (1,) and students == 4 else 0.98)


def test_a_mixed_population_marks_its_students_too() -> None:
    outcomes = play_many(4, 12, kinds=3)
    assert strangers_named(outcomes) <= 1 / 32
    assert marked(outcomes) >= 0.98


def test_strangers_of_a_family_are_hardly_named_among_their_relatives() -> None:
    outcomes = play_many(4, 12, apart=0.36)
    assert strangers_named(outcomes) <= 1 / 32
    assert not any(one.is_misnamed for one in outcomes if one.is_student)


def test_where_half_of_the_class_is_absent_hardly_a_stranger_is_named() -> None:
    """The absent are searched for among few to the end of the lesson, and nobody's own face has their name."""
    outcomes = []
    for seed in range(4):
        population = Population(seed)
        attendees = attend(population, population.people(12), population.people(8), (1,))
        absent = [replace(one, moments=one.moments[:0]) for one in attendees[:6]]
        outcomes += play([*absent, *attendees[6:]], np.random.default_rng(seed), SECONDS)
    assert len(outcomes) == 4 * 14
    assert strangers_named(outcomes) <= 1 / 32


def test_twins_are_given_to_the_right_one_or_to_neither() -> None:
    named = []
    for seed in range(3):
        population = Population(seed)
        people = population.people(12)
        people[1] = people[0] + (people[1] - people[0]) * 0.1
        outcomes = play(attend(population, people, people[:0], (3,)), np.random.default_rng(seed), SECONDS)
        assert not any(one.is_misnamed for one in outcomes)
        assert marked(outcomes[2:]) == 1
        named.append(sum(one.is_marked for one in outcomes[:2]))
    assert np.mean(named) <= 1, "they cannot be told apart as a rule"


@pytest.mark.parametrize("references", [1, 2, 3])
def test_in_a_small_gallery_twins_with_few_photos_are_not_guessed(references: int) -> None:
    """Such a pair narrows the tolerance, by which look-alikes are known."""
    for seed in range(8):
        population = Population(seed)
        people = population.people(4)
        people[1] = people[0] + (people[1] - people[0]) * 0.02
        twins = attend(population, people, people[:0], (references,))
        assert not any(one.is_misnamed for one in play(twins, np.random.default_rng(seed), SECONDS)[:2])


def test_the_measure_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def usual(_: float | None, gallery: Gallery) -> Tolerances:
        return FixedTolerances(0.6)

    monkeypatch.setattr(benchmarks.lesson.play, "choose_tolerances", usual)
    named = []
    for seed in range(2):
        population = Population(seed)
        attendees = attend(population, population.people(12), population.people(8), (3,))
        # All students are absent: else their own faces would have their names.
        absent = [replace(one, moments=one.moments[:0]) for one in attendees[:12]]
        named.append(strangers_named(play([*absent, *attendees[12:]], np.random.default_rng(seed), SECONDS)))
    assert np.mean(named) > 0.2


def test_frames_of_one_moment_differ_less_than_a_persons_photos_and_all_of_them_more() -> None:
    population = Population(1)
    (attendee,) = attend(population, population.people(1), population.people(0), (1,))
    person = Person(attendee, 0, 5400.0, np.random.default_rng(1))
    by_moment: dict[int, list[NDArray[np.float32]]] = {}
    for seconds in np.arange(0.0, 5400.0, 3.0):
        moment = person.moment(float(seconds))
        if moment is not None:
            by_moment.setdefault(moment, []).append(person.encode(float(seconds)))
    moments = [np.stack(rows) for rows in by_moment.values()]
    of_photos = spread([attendee.moments])
    assert spread(moments) == pytest.approx(MOMENT_SHARE * of_photos, rel=0.1)
    assert spread([np.concatenate(moments)]) == pytest.approx((1 + MOMENT_SHARE) * of_photos, rel=0.15)
    assert of_photos == pytest.approx(FRAMES_APART, rel=0.3)


def subjects(photos: Sequence[int]) -> list[Subject]:
    population = Population(2)
    return [
        Subject(f"person {index}", population.encodings(population.people(1), count)[0])
        for index, count in enumerate(photos)
    ]


def test_with_fewer_people_there_are_two_students_for_each_stranger_and_their_moments_are_not_enrolled() -> None:
    attendees = cast(subjects([14] * 12), 3, np.random.default_rng(1))
    assert [attendee.number is None for attendee in attendees] == [False] * 8 + [True] * 4
    for attendee in attendees:
        assert len(attendee.references) == (3 if attendee.number else 0)
        assert len(attendee.moments) == MOST_MOMENTS
        assert not any((attendee.moments == row).all(axis=1).any() for row in attendee.references)


def test_who_has_too_few_photos_is_left_out() -> None:
    people = subjects([LEAST_MOMENTS + 3] * 6 + [LEAST_MOMENTS + 2] * 6)
    assert {attendee.name for attendee in cast(people, 3, np.random.default_rng(1))} <= {
        f"person {n}" for n in range(6)
    }
    with pytest.raises(SystemExit, match="a lesson takes three such people or more"):
        cast(subjects([LEAST_MOMENTS] * 20), 1, np.random.default_rng(1))


def test_the_figures_count_people_in_lessons_and_their_tracks() -> None:
    track = np.zeros((4, 128), np.float32)

    def outcome(name: str, *, student: bool, is_marked: bool = False, wrong: int = 0) -> Outcome:
        return Outcome(name, student, is_marked, wrong > 0, wrong, [track] * 4)

    played = [outcome("a", student=True, is_marked=True), outcome("b", student=True)]
    played += [outcome("c", student=False, wrong=2), *(outcome(f"d{n}", student=False) for n in range(3))]
    figures = summarize({1: played})
    assert figures["marked_1"] == 0.5
    assert figures["strangers_named"] == figures["strangers_named_1"] == 0.25
    assert figures["tracks_named"] == 2 / 16
    assert figures["strangers_named_low"] <= 0.25 <= figures["strangers_named_high"]
