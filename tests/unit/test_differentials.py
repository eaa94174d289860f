"""Which differences between groups are more than chance, on counts with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recognizer.evaluation.differential_words import explain_differentials
from recognizer.evaluation.differentials import (
    LEAST_PEOPLE,
    Differentials,
    Groups,
    compare_groups,
    correct,
    permutation_test,
)
from recognizer.evaluation.group_section import render_groups
from recognizer.evaluation.groupings import Grouping
from recognizer.evaluation.person_errors import PersonErrors, find_partners
from recognizer.evaluation.protocol import NOBODY

TRIALS = 100


def errors(counts: NDArray[np.int64], kind: str = "fnir_1") -> PersonErrors:
    return PersonErrors(
        kind, f"Title of {kind}", counts, np.full(len(counts), TRIALS), np.full(len(counts), NOBODY, np.int64)
    )


def grouping(groups: str, name: str = "sex") -> Grouping:
    return Grouping(name, {str(index): group for index, group in enumerate(groups)})


def compare(found: list[PersonErrors], *groupings: Grouping) -> Differentials:
    return compare_groups(found, groupings, [str(index) for index in range(len(found[0].errors))])


def test_a_difference_that_is_plain_is_told_in_nists_terms_and_only_once() -> None:
    random = np.random.default_rng(1)
    counts = np.concatenate([random.poisson(20, 15), random.poisson(5, 15)])
    found = compare([errors(counts)], grouping("f" * 15 + "m" * 15))
    rate = found.rate("fnir_1", found.groupings[0], "f")
    assert rate.is_more_than_chance and rate.share is not None
    assert rate.share.value == pytest.approx(counts[:15].sum() / 1500)
    assert rate.share.low < rate.share.value < rate.share.high
    lines = list(explain_differentials(found))
    assert sum("more than chance (p" in line for line in lines) == 1
    assert "of sex f" in lines[0] and " of m. This false negative differential is more than chance" in lines[0]
    assert found.comparisons == 1, "of two groups, each is the other's others"


def test_chance_alone_is_called_a_difference_about_as_seldom_as_promised() -> None:
    random = np.random.default_rng(2)
    alarms = 0
    for _ in range(40):
        hard = random.gamma(0.5, 10, 24)
        found = compare([errors(random.poisson(hard)), errors(random.poisson(hard), "fnir_3")], grouping("fm" * 12))
        alarms += any(rate.is_more_than_chance for rate in found.rates)
    assert alarms <= 5, "of 40; 2 are to be expected"


def test_people_who_are_taken_for_each_other_are_not_two_witnesses() -> None:
    """Three pairs of sisters are named as each other. By chance all three are often of one group."""
    counts = np.zeros(24, np.int64)
    counts[:6] = 30
    partner = np.array([1, 0, 3, 2, 5, 4] + [NOBODY] * 18)
    is_member = np.arange(24) < 12
    alone = errors(counts, "fpir")
    together = PersonErrors("fpir", "", counts, alone.trials, partner)
    assert permutation_test(alone, is_member) < 0.05
    assert permutation_test(together, is_member) > 0.1


def test_partners_are_those_who_are_mostly_taken_for_each_other() -> None:
    person, other = np.array([0, 0, 1, 2, 2, 3, 4]), np.array([1, 1, 0, 0, 3, 2, 4])
    assert find_partners(person, other, 5).tolist() == [1, 0, 3, 2, NOBODY]


def test_many_comparisons_are_corrected_for_by_holms_method() -> None:
    assert correct([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert correct([0.9, 0.8]) == [1.0, 1.0]
    assert correct([]) == []


def test_of_a_group_too_small_nothing_is_said_but_that() -> None:
    small = LEAST_PEOPLE - 1
    counts = np.array([90] * small + [1] * 20)
    found = compare([errors(counts)], grouping("x" * small + "m" * 20))
    rate = found.rate("fnir_1", found.groupings[0], "x")
    assert rate.share is None and rate.p_value is None
    assert found.comparisons == 0
    assert any(f"sex x: {small} people, too few to say anything" in line for line in explain_differentials(found))


def test_of_a_group_whose_people_have_too_few_photos_it_is_said_what_cannot_be_told() -> None:
    people = np.array([10] * (LEAST_PEOPLE + 20))
    trials = np.full(len(people), TRIALS)
    trials[0] = 0
    alone = np.full(len(people), NOBODY, np.int64)
    found = compare(
        [errors(people), PersonErrors("fnir_3", "Missed with three photos", np.where(trials, 10, 0), trials, alone)],
        grouping("x" * LEAST_PEOPLE + "m" * 20),
    )
    said = (
        f"sex x: fewer than {LEAST_PEOPLE} of {LEAST_PEOPLE} people have enough photos for: Missed with three photos."
    )
    assert said in [*explain_differentials(found)]


def test_people_without_a_trial_do_not_count_and_where_nothing_went_wrong_nothing_is_compared() -> None:
    trials = np.array([TRIALS] * 10 + [0] * 10)
    one = PersonErrors("no_face_found", "No face", np.zeros(20, np.int64), trials, np.full(20, NOBODY))
    found = compare([one], grouping("fm" * 10))
    rate = found.rate("no_face_found", found.groupings[0], "f")
    assert rate.people == 5 and rate.share is not None
    assert (rate.share.value, rate.share.high) == (0.0, 0.6), "the rule of three"
    assert next(explain_differentials(found)).startswith("No groups could be compared")


def test_of_three_groups_each_is_compared_with_everybody_else() -> None:
    random = np.random.default_rng(3)
    counts = np.concatenate([random.poisson(4, 24), random.poisson(25, 12)])
    found = compare([errors(counts, "fpir")], grouping("a" * 12 + "b" * 12 + "c" * 12, "skin"))
    assert found.comparisons == 3
    lines = list(explain_differentials(found))
    assert any("of skin c" in line and "of everybody else. This false positive diff" in line for line in lines)


def test_the_page_shows_every_group_safely_whatever_it_is_called() -> None:
    names = ["<b>", "a group with quite a long name", "$x_1$", "漢字"]
    groups = {str(index): names[index % 4] for index in range(40)}
    random = np.random.default_rng(4)
    found = compare([errors(random.poisson(8, 40)), errors(random.poisson(1, 40), "fpir")], Grouping("<i>", groups))
    verdicts = [(0, "too dark"), (4, "too dark"), (4, "no face"), (1, ""), (2, "turned away")]
    page = render_groups(Groups(found, verdicts))
    assert page.count("<svg") == 2
    assert "<b>Title of fpir.</b>" in page and "&lt;b&gt;" in page and "&lt;i&gt;" in page
    assert "<td><b>" not in page and "<h3><i>" not in page
    assert "$x_1$ (10)" in page, "no mathematics"
    assert "漢字" in page
    assert "too dark 2, no face 1" in page
