"""The experiment and its figures, on made-up encodings and on distances with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.domain.naming.tolerance import FixedTolerances, Looks
from recognizer.evaluation.mistakes import worst_strangers, worst_students
from recognizer.evaluation.pairs import Pairs, pair_up
from recognizer.evaluation.protocol import LONGEST_TRACK, NOBODY, Population, Searches, search, split
from recognizer.evaluation.results import (
    FRAMES,
    GALLERIES,
    PHOTOS,
    Results,
    enough_seeds,
    evaluate,
    evaluate_galleries,
    measure_cell,
    tar_at,
)


def population(people: int = 8, files: int = 7, spread: float = 0.01) -> Population:
    """People far apart, each one's files near together."""
    random = np.random.default_rng(3)
    centres = np.repeat(np.eye(people, 128), files, axis=0)
    encodings = centres + random.normal(0, spread, (people * files, 128))
    person = np.repeat(np.arange(people), files)
    return Population(encodings.astype(np.float32), person, np.arange(people * files), people)


def searches(
    own: list[float], nearest: list[float], strangers: list[float], named: list[int] | None = None
) -> Searches:
    """One look each. ``own``, ``nearest``: of students 0, 1, …, searched among themselves; ``strangers``: of 100, …"""
    students = len(own)
    total = students + len(strangers)

    def one_look(values: object, filler: float, kind: type[np.generic]) -> NDArray[np.generic]:
        columns = np.full((total, LONGEST_TRACK), filler, kind)
        columns[:, 0] = values
        return columns

    person = np.array([*range(students), *range(100, 100 + len(strangers))])
    near = np.array([*nearest, *strangers])
    is_first = np.array([*own, *([np.inf] * len(strangers))]) <= near
    return Searches(
        photos=1,
        enrolled=students,
        person=person,
        is_student=person < 100,
        faces=one_look(np.arange(total), NOBODY, np.int64),
        own=one_look([*own, *([np.inf] * len(strangers))], np.inf, np.float64),
        own_reference=one_look(0, NOBODY, np.int64),
        nearest=one_look(near, np.inf, np.float64),
        nearest_student=one_look(np.where(is_first, person, (person + 1) % students), NOBODY, np.int64),
        nearest_reference=one_look(0, NOBODY, np.int64),
        named=one_look(named or [NOBODY] * total, NOBODY, np.int64),
        named_still=np.array(named or [NOBODY] * total),
        tolerance=np.full((total, LONGEST_TRACK), 0.5),
    )


def evaluated(people: Population, tolerance: float = 0.5, seeds: int = 2) -> Results:
    results = evaluate(people, seeds, lambda gallery: FixedTolerances(tolerance), lambda: None)
    assert results is not None
    return results


def test_students_missed_where_one_stranger_in_a_hundred_is_named() -> None:
    # Of 300 strangers three may be named: those at 0.30, 0.31 and 0.32, so that the tolerance lies just below 0.33.
    strangers = [0.30 + 0.01 * rank for rank in range(300)]
    found = searches([0.2, 0.32, 0.33, 0.4], [0.2, 0.32, 0.33, 0.4], strangers)
    cell = measure_cell(found, 1, 400)
    assert cell is not None
    assert cell.fnir[0.01].interval is not None
    assert cell.fnir[0.01].interval.value == 0.5
    assert cell.fnir[0.01].caveat == ""


def test_a_student_nearer_to_another_is_missed_at_any_tolerance() -> None:
    found = searches([0.2, 0.25], [0.2, 0.15], [0.9] * 300)
    cell = measure_cell(found, 1, 400)
    assert cell is not None
    assert cell.fnir[0.01].interval is not None
    assert cell.fnir[0.01].interval.value == 0.5


def test_in_force_a_stranger_with_a_name_is_named_and_a_student_with_anothers_is_misnamed_and_missed() -> None:
    found = searches([0.2] * 4, [0.2] * 4, [0.4] * 5, named=[0, 1, 0, NOBODY, 3, NOBODY, NOBODY, NOBODY, NOBODY])
    cell = measure_cell(found, 1, 200)
    assert cell is not None
    named, missed, misnamed = cell.strangers_named, cell.students_missed, cell.students_misnamed
    assert named.interval and missed.interval and misnamed.interval
    assert named.interval.value == pytest.approx(0.2)
    assert missed.interval.value == pytest.approx(0.5)
    assert misnamed.interval.value == pytest.approx(0.25)


def test_what_too_few_searches_cannot_tell_is_not_told_but_what_to_add() -> None:
    cell = measure_cell(searches([0.2], [0.2], [0.5] * 299), 1, 400)
    assert cell is not None
    assert cell.fnir[0.01].interval is None
    assert cell.fnir[0.01].caveat == "299 of 300 searches needed: add people"


def test_many_searches_by_few_strangers_say_so() -> None:
    found = searches([0.2] * 2, [0.2] * 2, [0.5] * 300)
    found.person[2:] = 100
    cell = measure_cell(found, 1, 200)
    assert cell is not None
    assert cell.fnir[0.01].interval is not None
    assert cell.fnir[0.01].caveat == "of only 1 strangers; sure from 300 people"


def test_pairs_accepted_at_the_tolerance_that_accepts_one_impostor_pair_in_a_hundred() -> None:
    genuine, impostor = np.array([0.2, 0.3, 0.4, 0.5]), 0.35 + 0.001 * np.arange(300)
    people = np.array([(one, one) for one in range(4)] + [(one, 300 + one) for one in range(300)])
    pairs = Pairs(np.concatenate([genuine, impostor]), np.zeros((304, 2), np.int64), people)
    found = tar_at(pairs, 0.01, 600)
    assert found.interval is not None
    assert found.interval.value == 0.5
    assert tar_at(pairs, 0.001, 600).caveat == "300 of 3,000 pairs needed: add people"


def test_a_photo_is_never_reference_and_probe_and_a_student_never_a_stranger() -> None:
    people = population()
    trial = split(people, 3, seed=1)
    assert trial is not None
    references = set(np.concatenate(list(trial.references.values())))
    assert len(references) == 3 * 4
    for person, track in trial.tracks:
        assert not references & set(track)
        assert set(people.person[track]) == {person}
        assert len(set(track)) == len(track)


def test_a_track_of_a_clip_has_frames_of_that_clip_alone() -> None:
    person = np.repeat(np.arange(4), 8)
    source = np.concatenate([10 * one + np.array([0, 0, 0, 1, 1, 1, 2, 3]) for one in range(4)])
    people = Population(np.random.default_rng(0).normal(size=(32, 128)).astype(np.float32), person, source, 4)
    trial = split(people, 1, seed=0)
    assert trial is not None
    for _, track in trial.tracks:
        kinds = source[track] % 10
        assert len(set(kinds)) == 1 or set(kinds) == {2, 3}


def test_who_has_too_few_photos_to_be_enrolled_is_a_stranger() -> None:
    few = population(people=6, files=4)
    keep = np.flatnonzero((few.person < 4) | (few.source % 4 == 0))
    people = Population(few.encodings[keep], few.person[keep], few.source[keep], 6)
    for seed in range(5):
        trial = split(people, 1, seed)
        assert trial is not None
        assert len(trial.references) == 2
        assert {4, 5} <= {person for person, _ in trial.tracks} - set(trial.references)


def test_too_few_photos_for_so_many_references_leave_nothing_to_search() -> None:
    assert search(population(files=2), 2, 3, lambda gallery: FixedTolerances(0.5), lambda: None) is None


def test_people_far_apart_are_all_named_and_no_stranger_is() -> None:
    results = evaluated(population())
    assert {(cell.photos, cell.frames) for cell in results.cells} >= {(1, 1), (1, 3), (1, 5), (2, 5), (3, 3), (5, 1)}
    for cell in results.cells:
        assert cell.strangers_named.interval and cell.strangers_named.interval.value == 0
        assert cell.students_missed.interval and cell.students_missed.interval.value == 0
    assert (results.main.photos, results.main.frames, results.main.enrolled) == (3, 3, 4)


def test_few_people_are_split_more_often_than_many_so_that_rare_errors_can_be_told() -> None:
    # Half of twelve people are strangers, with seven photos and so many tracks each: 42 searches in a trial.
    assert enough_seeds(population(people=12)) == 79
    assert enough_seeds(population(people=100)) == 20
    assert enough_seeds(population(people=4, files=2)) == 200


def test_one_seed_gives_the_same_figures_every_time() -> None:
    assert evaluated(population(spread=0.05)).cells == evaluated(population(spread=0.05)).cells


def test_galleries_of_each_size_are_measured_as_far_as_the_people_go() -> None:
    told: list[None] = []
    cells = evaluate_galleries(
        population(people=12), 2, lambda gallery: FixedTolerances(0.5), lambda: told.append(None)
    )
    assert len(told) == 2 * len(GALLERIES) * len(PHOTOS)
    # Of twelve people eight may be students, and four strangers are enough for them; twenty are not there.
    assert {(cell.enrolled, cell.photos) for cell in cells} == {(size, photos) for size in (5, 8) for photos in PHOTOS}
    for cell in cells:
        named, missed = cell.strangers_named.interval, cell.students_missed.interval
        assert named is not None and missed is not None
        assert (named.value, missed.value) == (0.0, 0.0)


def test_a_still_picture_is_asked_for_once_with_all_that_may_be_spent() -> None:
    class NothingForTracks(FixedTolerances):
        def for_search(self, searched: int, share: float = 1.0, looks: Looks = "track") -> FixedTolerances:
            return FixedTolerances(0.5 if looks == "still" else 0.0)

    results = evaluate(population(), 2, lambda gallery: NothingForTracks(0.5), lambda: None)
    assert results is not None
    for cell in results.cells:
        missed = cell.students_missed.interval
        assert missed is not None
        assert missed.value == (0.0 if cell.frames == 1 else 1.0)


def test_progress_is_told_for_every_trial() -> None:
    told: list[None] = []
    evaluate(population(), 3, lambda gallery: FixedTolerances(0.5), lambda: told.append(None))
    assert len(told) == 3 * len(PHOTOS)
    assert max(FRAMES) == LONGEST_TRACK


def test_pairs_are_of_different_files_and_have_their_distance() -> None:
    people = population(people=3, files=2)
    people.source[1] = people.source[0]
    pairs = pair_up(people)
    assert len(pairs.distances) == 15 - 1
    assert pairs.is_genuine.sum() == 3 - 1
    first, second = people.encodings[pairs.rows[:, 0]], people.encodings[pairs.rows[:, 1]]
    assert pairs.distances == pytest.approx(np.linalg.norm(first - second, axis=1), abs=1e-6)


def test_the_worst_mistakes_come_first_and_show_what_was_compared() -> None:
    people = population(spread=0.02)
    # Person 7 looks like person 6, and one photo of person 0 like nobody.
    people.encodings[people.person == 7] = people.encodings[people.person == 6] + np.float32(0.005)
    results = evaluated(people, tolerance=0.3, seeds=4)
    worst = worst_strangers(results, people)
    assert worst[0].is_made
    assert {int(people.person[worst[0].face]), int(people.person[worst[0].reference])} == {6, 7}
    assert worst[0].distance <= worst[0].tolerance == 0.3
    assert not worst[-1].is_made
    for mistake in worst_students(results, people):
        assert people.person[mistake.face] == people.person[mistake.reference]
        assert mistake.face != mistake.reference
