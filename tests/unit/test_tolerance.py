from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.impostor_law import DIMENSIONS, ImpostorLaw, measure_law
from recognizer.domain.naming.impostors import PRIOR, choose_tolerances, measure_impostors
from recognizer.domain.naming.promise import HIGHEST, SPENDING, PromisedTolerances
from recognizer.domain.naming.tolerance import FixedTolerances, Looks
from tests.fixtures.patience import few

FRAMES_APART = 0.08
"""Squared distance of one encoding from the mean of all of the same person: two lie 0.4 apart."""

LAW = ImpostorLaw(mean=0.45, deviation=0.12, within=0.09, people=200)


class Population:
    """People of a known distribution, as spread out as press photos; all drawn from the seed."""

    def __init__(self, seed: int, kinds: int = 1, apart: float = 0.48) -> None:
        """kinds: groups of people who resemble each other more than those of another group. apart: how far a person
        lies from the middle of all, as a distance; relatives lie nearer."""
        self._random = np.random.default_rng(seed)
        self._apart = apart
        self._centres = self._random.normal(0, 0.35 / 128**0.5 * (kinds > 1), (kinds, 128))

    def people(self, count: int) -> NDArray[np.float64]:
        """(count, 128): what each person's encodings scatter about."""
        centres = self._centres[self._random.integers(0, len(self._centres), count)]
        # In 24 dimensions: faces differ in fewer ways than an encoding has numbers.
        return centres + self._random.normal(0, self._apart / 24**0.5, (count, 128)) * (np.arange(128) < 24)

    def encodings(self, people: NDArray[np.float64], each: int) -> NDArray[np.float32]:
        """(people, each, 128)"""
        # In about as many directions as a real person's.
        noise = self._random.normal(0, (FRAMES_APART / DIMENSIONS) ** 0.5, (len(people), each, 128))
        return np.asarray(people[:, None] + noise * (np.arange(128) < DIMENSIONS), np.float32)


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
    few([(12, 1, 5), (40, 3, 5), (12, 3, 10), (40, 1, 10), (300, 2, 5)], usual=2),
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


@pytest.mark.parametrize("references", [1, 3])
@pytest.mark.parametrize("students", [2, 5, 8])
def test_a_small_gallery_keeps_the_promise_and_finds_its_students(students: int, references: int) -> None:
    target, named, found = 0.02, [], []
    for seed in range(40):
        population = Population(seed)
        people = population.people(students)
        gallery = enrolled(population.encodings(people, references))
        identification = Identification(gallery, choose_tolerances(None, gallery, target))
        named += [*ever_named(identification, population.encodings(population.people(20), 5))]
        found += [*ever_named(identification, population.encodings(people, 5))]
    assert np.mean(named) <= target + 3.1 * (target * (1 - target) / len(named)) ** 0.5
    assert np.mean(found) >= 0.9


def test_relatives_get_a_stricter_tolerance_and_no_stranger_of_the_family_a_name_too_often() -> None:
    target, named = 0.02, []
    for seed in range(20):
        family = Population(seed, apart=0.33)
        gallery = enrolled(family.encodings(family.people(12), 3))
        identification = Identification(gallery, choose_tolerances(None, gallery, target))
        named += [*ever_named(identification, family.encodings(family.people(40), 5))]
    assert np.mean(named) <= 2 * target, "the law of twelve is unsure of their deviation"
    law = measure_impostors(gallery)
    assert law.mean < 0.25 < PRIOR.mean
    assert limit_of(law) < limit_of(measure_impostors(enrolled(Population(0).encodings(Population(0).people(12), 3))))


def test_students_of_one_photo_and_of_five_are_found_alike_well_and_named_no_more_often_wrongly() -> None:
    target, named, found = 0.02, [], []
    for seed in range(20):
        population = Population(seed)
        people = population.people(30)
        encodings = population.encodings(people, 5)
        numbers, rows = [], []
        for student, of_one in enumerate(encodings):
            count = 5 if student % 2 else 1
            numbers += [f"S{student:02}"] * count
            rows.append(of_one[:count])
        gallery = Gallery(np.concatenate(rows), tuple(numbers), ("",) * len(numbers))
        identification = Identification(gallery, choose_tolerances(None, gallery, target))
        for track in population.encodings(population.people(40), 5):
            (answer,) = identification.identify([Probe.of(track)])
            if answer.number is not None:
                named.append(int(answer.number[1:]) % 2)
        found.append(ever_named(identification, population.encodings(people, 5)).reshape(-1, 2).mean(axis=0))
    of_one, of_five = np.mean(found, axis=0)
    assert of_one >= 0.9
    assert of_five >= 0.97
    # Were all named with those of one photo, or all with those of five, the law would not know how many there are.
    assert len(named) <= 40 * 20 * target
    assert len(named) < 4 or 0 < np.mean(named) < 1


def test_a_gallery_that_grows_changes_its_tolerance_little_by_little() -> None:
    population = Population(4)
    encodings = population.encodings(population.people(40), 3)
    limits = [
        limit_of(measure_impostors(enrolled(encodings[:count]) if count else Gallery.empty())) for count in range(40)
    ]
    assert limits[:2] == pytest.approx([limit_of(PRIOR)] * 2, abs=0.01)
    assert np.abs(np.diff(limits)).max() <= 0.04


def limit_of(law: ImpostorLaw, looks: Looks = "track", encodings: int = 5) -> float:
    """For three references, searched among thirty."""
    return PromisedTolerances(law, 0.001).for_search(30, looks=looks).limit(3, encodings)


@pytest.mark.parametrize("references", [1, 3])
@pytest.mark.parametrize("apart", [0.2, 0.3, 0.42, 0.6])
def test_however_alike_the_students_are_one_more_of_them_never_makes_the_tolerance_collapse(
    apart: float, references: int
) -> None:
    """apart: as a squared distance; brothers and sisters lie 0.2 apart and more."""
    limits = []
    for students in range(1, 16):
        drawn = []
        for seed in range(20):
            random = np.random.default_rng([seed, students])
            scatter = random.normal(0, (PRIOR.within / 128) ** 0.5, (students, references, 128))
            people = scatter + np.eye(students, 128)[:, None] * (apart / 2) ** 0.5
            law = measure_law([*people], PRIOR)
            drawn.append(PromisedTolerances(law, 0.001).for_search(students).limit(references, 5))
        limits.append(float(np.mean(drawn)))
    assert min(after / before for before, after in pairwise(limits)) > 0.64


@given(st.integers(1, 100_000), st.floats(1e-5, 0.4), st.integers(1, 9), st.integers(1, 9))
def test_more_students_searched_or_fewer_strangers_named_never_widen_the_tolerance(
    searched: int, target: float, references: int, encodings: int
) -> None:
    def limit(searched: int, target: float, share: float = 1.0) -> float:
        return PromisedTolerances(LAW, target).for_search(searched, share).limit(references, encodings)

    assert 0 <= limit(searched, target) < 1
    assert limit(searched + 1, target) <= limit(searched, target)
    assert limit(searched, target / 2) <= limit(searched, target)
    assert limit(searched, target, share=0.5) <= limit(searched, target)


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0, 0.5))
def test_means_of_more_lie_nearer_to_everybody_so_their_tolerance_is_less(
    references: int, encodings: int, spread: float
) -> None:
    tolerance = PromisedTolerances(LAW, 0.001).for_search(30, looks="still")
    assert tolerance.limit(references + 1, encodings) < tolerance.limit(references, encodings) < HIGHEST
    assert tolerance.limit(references, encodings + 1) < tolerance.limit(references, encodings)
    # Encodings that are all alike are worth one, and those that differ as those of other days are worth their number.
    of_one, of_all = tolerance.limit(references, 1), tolerance.limit(references, encodings)
    assert of_all <= tolerance.limit(references, encodings, spread) <= of_one
    assert tolerance.limit(references, encodings, 0.0) == of_one


def test_a_still_picture_may_spend_all_that_a_track_spends_over_its_looks() -> None:
    assert max(SPENDING) < 1
    assert limit_of(LAW, "still", 1) > limit_of(LAW, "track", 1)
    assert limit_of(LAW, "still", 5) > limit_of(LAW, "track", 5)


@pytest.mark.parametrize("alike", [0.0, 0.7], ids=["of moments that differ", "of moments that are alike"])
def test_all_looks_at_a_stranger_together_stay_below_the_target(alike: float) -> None:
    """Strangers as the law has them, each asked for after one encoding, two, up to nine."""
    target, references, strangers, random = 0.01, 3, 40_000, np.random.default_rng(8)
    dimensions = int(DIMENSIONS)

    def scattered(within: float) -> NDArray[np.float64]:
        return random.normal(0, (within / dimensions) ** 0.5, (strangers, dimensions))

    shape = (LAW.mean / LAW.deviation) ** 2
    between = random.normal(size=(strangers, dimensions))
    between *= (random.gamma(shape, LAW.mean / shape, strangers) ** 0.5 / np.linalg.norm(between, axis=1))[:, None]
    # What the moments of a track share is one draw for all of them.
    towards = between + scattered(LAW.within / references) + scattered(alike * LAW.within)
    own = np.stack([scattered((1 - alike) * LAW.within) for _ in range(9)])
    tolerance = PromisedTolerances(LAW, target).for_search(1)
    is_named = np.zeros(strangers, np.bool_)
    for encodings in range(1, 10):
        mean = own[:encodings].mean(axis=0)
        spread = ((own[:encodings] - mean) ** 2).sum(axis=2).mean()
        limit = tolerance.limit(references, encodings, float(spread))
        is_named |= np.linalg.norm(towards + mean, axis=1) <= limit
    assert 0.3 * target <= is_named.mean() <= target


def test_however_little_the_students_are_alike_no_tolerance_exceeds_the_highest() -> None:
    motley = ImpostorLaw(mean=0.9, deviation=0.1, within=0.1, people=100)
    tolerance = PromisedTolerances(motley, 0.01).for_search(5, looks="still")
    assert tolerance.limit(1, 1) == tolerance.limit(3, 5) == HIGHEST


def test_the_law_of_known_people_is_found_however_many_references_they_have() -> None:
    population = Population(1)
    people = population.people(200)
    for each in (1, 3, 5):
        law = measure_impostors(enrolled(population.encodings(people, each)))
        truth = np.sum((people[:, None] - people[None]) ** 2, axis=2)[np.triu_indices(200, 1)]
        # The law is never laxer than half of the distances. With one reference each nothing tells how much a person's
        # encodings differ, and people in general do.
        assert law.mean == pytest.approx(min(truth.mean(), np.median(truth)), abs=0.06 if each == 1 else 0.01)
        assert law.deviation == pytest.approx(truth.std(), abs=0.02)
        assert law.within == pytest.approx(PRIOR.within if each == 1 else FRAMES_APART, abs=0.004)


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
        choose_tolerances(None, enrolled(population.encodings(who, 3)), 0.001).for_search(60).limit(3, 5)
        for who in (people, with_twins)
    )
    assert after == pytest.approx(before, abs=0.04)


def test_a_configured_tolerance_is_kept_whatever_the_gallery() -> None:
    population = Population(5)
    gallery = enrolled(population.encodings(population.people(40), 3))
    assert choose_tolerances(0.47, gallery).for_search(40).limit(3, 3) == 0.47


def test_a_calibration_takes_the_place_of_people_in_general() -> None:
    population = Population(6)
    strict = ImpostorLaw(mean=0.25, deviation=0.08, within=0.08, people=200)
    gallery = enrolled(population.encodings(population.people(10), 3))
    calibrated = gallery.calibrated(Calibration(strict, 0.001, 900, 0.02, "2026-10-05T09:00:00"))
    assert measure_impostors(calibrated).mean == pytest.approx(0.25, abs=0.02)
    assert choose_tolerances(None, calibrated).for_search(10).limit(3, 5) < choose_tolerances(None, gallery).for_search(
        10
    ).limit(3, 5)


@pytest.mark.parametrize("tolerances", [FixedTolerances(0.4), PromisedTolerances(LAW, 0.001)])
def test_no_tolerance_is_for_no_encodings(tolerances: FixedTolerances | PromisedTolerances) -> None:
    with pytest.raises(ValueError, match="one encoding or more"):
        tolerances.for_search(1).limit(1, 0)
