from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification, Probe
from recognizer.domain.naming.impostor_law import ImpostorLaw, Normal
from recognizer.domain.naming.impostors import LEAST_STUDENTS, choose_tolerances, measure_impostors
from recognizer.domain.naming.promise import HIGHEST, LOWEST, SPENDING, PromisedTolerances
from recognizer.domain.naming.tolerance import FALLBACK, FixedTolerances

FRAMES_APART = 0.08
"""Squared distance of one encoding from the mean of all of the same person: two lie 0.4 apart."""

LAW = ImpostorLaw(tuple(Normal(mean, 0.075) for mean in (0.89, 0.84, 0.83, 0.82, 0.81)), people=200)


class Population:
    """People of a known distribution, as spread out as press photos; all drawn from the seed."""

    def __init__(self, seed: int, kinds: int = 1) -> None:
        """kinds: groups of people who resemble each other more than those of another group."""
        self._random = np.random.default_rng(seed)
        self._centres = self._random.normal(0, 0.35 / 128**0.5 * (kinds > 1), (kinds, 128))

    def people(self, count: int) -> NDArray[np.float64]:
        """(count, 128): what each person's encodings scatter about."""
        centres = self._centres[self._random.integers(0, len(self._centres), count)]
        # In 24 dimensions: faces differ in fewer ways than an encoding has numbers.
        return centres + self._random.normal(0, 0.48 / 24**0.5, (count, 128)) * (np.arange(128) < 24)

    def encodings(self, people: NDArray[np.float64], each: int) -> NDArray[np.float32]:
        """(people, each, 128)"""
        noise = self._random.normal(0, (FRAMES_APART / 128) ** 0.5, (len(people), each, 128))
        return np.asarray(people[:, None] + noise, np.float32)


def enrolled(encodings: NDArray[np.float32]) -> Gallery:
    numbers = tuple(f"S{student}" for student, of_one in enumerate(encodings) for _ in of_one)
    return Gallery(np.ascontiguousarray(encodings.reshape(-1, 128)), numbers, tuple("" for _ in numbers))


def ever_named(identification: Identification, tracks: NDArray[np.float32], first: int = 1) -> NDArray[np.bool_]:
    """Which tracks are given a name at least once: after each encoding from the first one asked with on, and as later
    ones take the place of earlier."""
    named = np.zeros(len(tracks), np.bool_)
    for seen in range(first, tracks.shape[1] + 1):
        for index, track in enumerate(tracks):
            # One camera's frame each: strangers do not contend with each other.
            (answer,) = identification.identify([Probe.of(track[max(0, seen - 5) : seen])])
            named[index] |= answer.number is not None
    return named


@pytest.mark.parametrize("kinds", [1, 3], ids=["alike", "of three kinds"])
@pytest.mark.parametrize(
    ("students", "references", "encodings"),
    [(12, 1, 5), (12, 3, 10), (40, 1, 10), (40, 3, 5), (300, 2, 5)],
)
def test_no_more_strangers_are_named_than_promised_and_the_students_are(
    students: int, references: int, encodings: int, kinds: int
) -> None:
    target, galleries, strangers = 0.02, 10 if students < 100 else 2, 60
    named, found = [], []
    for seed in range(galleries):
        population = Population(seed, kinds)
        people = population.people(students)
        gallery = enrolled(population.encodings(people, references))
        identification = Identification(gallery, choose_tolerances(None, gallery, target))
        tracks = population.encodings(population.people(strangers), encodings)
        named += [*ever_named(identification, tracks)]
        found += [*ever_named(identification, population.encodings(people[:20], encodings))]
    # Were just the target named, as many or more would be with a chance of 1 in 1000.
    most = target + 3.1 * (target * (1 - target) / len(named)) ** 0.5
    assert np.mean(named) <= most
    assert np.mean(found) >= 0.97


def test_tracks_of_frames_that_are_all_alike_name_as_few_strangers_and_nearly_all_students() -> None:
    """A seated student's frames differ less than photos of other days do, so that their mean is hardly better."""
    target, named, found = 0.02, [], []
    for seed in range(10):
        population = Population(seed, kinds=3)
        people = population.people(40)
        gallery = enrolled(population.encodings(people, 3))
        identification = Identification(gallery, choose_tolerances(None, gallery, target))
        strangers, students = (
            np.repeat(population.encodings(who, 1), 8, axis=1) + population.encodings(np.zeros((len(who), 128)), 8) / 4
            for who in (population.people(60), people[:20])
        )
        # Not asked before the second: what the first may spend is of no use then.
        named += [*ever_named(identification, strangers)]
        found += [*ever_named(identification, students, first=2)]
    assert np.mean(named) <= target + 3.1 * (target * (1 - target) / len(named)) ** 0.5
    assert np.mean(found) >= 0.9


def test_without_auto_the_promise_would_be_broken() -> None:
    """The measure above can fail: the usual tolerance names strangers of the same population."""
    population = Population(0, kinds=3)
    gallery = enrolled(population.encodings(population.people(200), 3))
    tracks = population.encodings(population.people(60), 5)
    assert ever_named(Identification(gallery, FixedTolerances(0.6)), tracks).mean() > 0.05


@given(st.integers(1, 100_000), st.floats(1e-5, 0.4), st.integers(1, 9))
def test_more_students_searched_or_fewer_strangers_named_never_widen_the_tolerance(
    searched: int, target: float, encodings: int
) -> None:
    tolerance = PromisedTolerances(LAW, target).for_search(searched).for_mean(encodings)
    assert LOWEST <= tolerance <= HIGHEST
    assert PromisedTolerances(LAW, target).for_search(searched + 1).for_mean(encodings) <= tolerance
    assert PromisedTolerances(LAW, target / 2).for_search(searched).for_mean(encodings) <= tolerance
    assert PromisedTolerances(LAW, target).for_search(searched, share=0.5).for_mean(encodings) <= tolerance


def test_a_law_of_few_people_is_trusted_less() -> None:
    few = PromisedTolerances(ImpostorLaw(LAW.by_encodings, people=10), 0.001).for_search(30)
    assert few.for_mean(5) < PromisedTolerances(LAW, 0.001).for_search(30).for_mean(5)


def test_the_mean_of_several_references_lies_nearer_to_everyone_and_the_law_knows() -> None:
    population = Population(1)
    law = measure_impostors(enrolled(population.encodings(population.people(60), 3)))
    assert law is not None
    means = [mean for mean, _ in law.by_encodings]
    assert means == sorted(means, reverse=True)
    assert law.people == 60


def test_with_one_reference_each_further_encodings_are_taken_to_come_nearer() -> None:
    population = Population(1)
    law = measure_impostors(enrolled(population.encodings(population.people(60), 1)))
    assert law is not None
    assert law.by_encodings[-1][0] < law.by_encodings[0][0] - 0.01


def test_the_same_gallery_always_gives_the_same_tolerance() -> None:
    population = Population(2)
    gallery = enrolled(population.encodings(population.people(700), 1))
    assert measure_impostors(gallery) == measure_impostors(gallery)


def test_a_pair_of_twins_hardly_moves_everyone_elses_tolerance() -> None:
    population = Population(3)
    people = population.people(60)
    with_twins = people.copy()
    with_twins[1] = with_twins[0]
    before, after = (
        choose_tolerances(None, enrolled(population.encodings(who, 3)), 0.001).for_search(60).for_mean(5)
        for who in (people, with_twins)
    )
    assert after == pytest.approx(before, abs=0.04)


def test_too_few_students_get_the_cautious_tolerance() -> None:
    population = Population(4)
    gallery = enrolled(population.encodings(population.people(LEAST_STUDENTS - 1), 3))
    tolerance = choose_tolerances(None, gallery).for_search(9)
    assert (tolerance.source, tolerance.for_mean(5)) == ("small gallery", FALLBACK)
    assert tolerance.for_mean(1) < tolerance.for_mean(2) < FALLBACK
    assert choose_tolerances(None, Gallery.empty()).for_search(0).for_mean(5) == FALLBACK


def test_a_configured_tolerance_is_kept_whatever_the_gallery() -> None:
    population = Population(5)
    gallery = enrolled(population.encodings(population.people(40), 3))
    assert choose_tolerances(0.47, gallery).for_search(40).for_mean(3) == 0.47


def test_a_calibration_goes_first_until_students_have_more_references_than_it_was_made_with() -> None:
    population = Population(6)
    calibration = Calibration(LAW, 2, 0.001, 900, 0.02, "2026-10-05T09:00:00")
    of_two, of_three = (enrolled(population.encodings(population.people(40), each)) for each in (2, 3))
    chosen = choose_tolerances(None, of_two.calibrated(calibration), 0.001)
    assert chosen == PromisedTolerances(LAW, 0.001, "calibration")
    assert choose_tolerances(None, of_three.calibrated(calibration)).for_search(40).source == "gallery"


def test_no_tolerance_is_for_no_encodings() -> None:
    with pytest.raises(ValueError, match="one encoding or more"):
        FixedTolerances(0.4).for_search(1).for_mean(0)


def test_a_mean_of_encodings_that_are_all_alike_is_held_to_the_law_of_a_single_one() -> None:
    tolerance = PromisedTolerances(LAW, 0.001).for_search(30)
    assert tolerance.for_mean(5, spread=0.0) == tolerance.by_singles[4] > tolerance.for_mean(5)
    assert tolerance.by_singles[4] > tolerance.for_mean(5, spread=0.02) >= tolerance.for_mean(5)
    assert tolerance.for_mean(5, spread=0.2) == tolerance.for_mean(5)
    assert tolerance.for_mean(1, spread=0.0) == tolerance.for_mean(1)


def test_looks_together_spend_no_more_than_the_target() -> None:
    assert sum(map(sum, SPENDING)) == pytest.approx(1)


def test_one_photo_just_alike_is_enough_for_a_single_encoding_and_for_several_that_are_alike() -> None:
    law = ImpostorLaw(LAW.by_encodings, LAW.people, nearest_reference=Normal(0.86, 0.065))
    tolerance = PromisedTolerances(law, 0.001).for_search(30)
    assert tolerance.for_nearest_reference(1) == tolerance.by_nearest_reference[0] > 0.3
    assert (
        tolerance.for_nearest_reference(1)
        > tolerance.for_nearest_reference(3, spread=0.0)
        > tolerance.for_nearest_reference(3, spread=0.05)
    )
    assert tolerance.for_nearest_reference(3) == 0.0, "nothing is known of how alike they are"
    assert tolerance.for_nearest_reference(3, spread=0.5) == 0.0
    assert PromisedTolerances(LAW, 0.001).for_search(30).for_nearest_reference(1) == 0.0
    assert FixedTolerances(0.4).for_search(30).for_nearest_reference(1) == 0.0
