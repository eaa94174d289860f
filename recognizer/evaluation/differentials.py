"""Demographic differentials: whether what goes wrong goes wrong more often with one group of people than with others.

The terms are those of NISTIR 8280: a false negative differential is a difference in the FNIR, a false positive
differential one in the FPIR. Each group is compared with everybody else by a permutation test (Good, 2005): groups are
drawn anew by lot, and it is counted how often chance alone makes so large a difference. People are moved and not their
photos, since one person's photos are alike in how hard they are. All comparisons of an evaluation are corrected for
their number (Holm, 1979).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recognizer.evaluation.groupings import Grouping
from recognizer.evaluation.metrics import Interval, bootstrap, unseen
from recognizer.evaluation.person_errors import PersonErrors
from recognizer.evaluation.protocol import NOBODY
from recognizer.evaluation.refusals import Verdict

LEAST_PEOPLE = 5
"""In a group, and beside it. Of fewer even the largest difference may be the chance of a person or two."""

SIGNIFICANCE = 0.05
"""The chance that any difference is called more than chance where none of them is."""

PERMUTATIONS = 10_000
_AT_ONCE = 1_000

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class GroupRate:
    """How often one kind of error happens in one group.

    people: those with a trial. share: of the trials, with its 95 % interval when these people are drawn anew; None
    where they are too few to say anything. others: the share of everybody else; None where there is nobody else.
    p_value: corrected for the number of comparisons; None where nothing was compared.
    """

    kind: str
    grouping: str
    group: str
    people: int
    share: Interval | None
    others: float | None
    p_value: float | None

    @property
    def is_more_than_chance(self) -> bool:
        return self.p_value is not None and self.p_value < SIGNIFICANCE


@dataclass(frozen=True, slots=True, eq=False)
class Differentials:
    """The errors by group. overall: by kind, the share of everybody; comparisons: made in all."""

    errors: tuple[PersonErrors, ...]
    groupings: tuple[Grouping, ...]
    people: tuple[str, ...]
    rates: tuple[GroupRate, ...]
    overall: dict[str, float]
    comparisons: int

    def rate(self, kind: str, grouping: Grouping, group: str) -> GroupRate:
        """Of one kind of error in one group."""
        wanted = (kind, grouping.name, group)
        return next(one for one in self.rates if (one.kind, one.grouping, one.group) == wanted)

    def sizes(self, grouping: Grouping) -> dict[str, int]:
        """By group, its people."""
        members = [grouping.group_of[name] for name in self.people]
        return {group: members.count(group) for group in grouping.groups}


@dataclass(frozen=True, slots=True)
class Groups:
    """The comparison of groups, and the verdicts on everybody's photos that went into it."""

    found: Differentials
    verdicts: Sequence[Verdict]

    def reasons(self, grouping: Grouping, group: str) -> dict[str, int]:
        """Why photos of the group were refused, and how often, the most frequent first."""
        members = [grouping.group_of[name] == group for name in self.found.people]
        return dict(Counter(reason for person, reason in self.verdicts if reason and members[person]).most_common())


def compare_groups(
    errors: Sequence[PersonErrors], groupings: Sequence[Grouping], people: Sequence[str]
) -> Differentials:
    """All rates of all groups. people: the names of everybody, in the order of the errors."""
    rates: list[GroupRate] = []
    compared: list[tuple[list[int], float]] = []
    for grouping, one in itertools.product(groupings, errors):
        group_of = np.array([grouping.group_of[name] for name in people])
        first = len(rates)
        rates += [_measure(one, grouping.name, group, group_of == group) for group in grouping.groups]
        if len(grouping.groups) == 2:
            # Each is the other's others: one comparison.
            comparisons = [([first, first + 1], grouping.groups[0])]
        else:
            comparisons = [([first + place], group) for place, group in enumerate(grouping.groups)]
        compared += [
            (places, permutation_test(one, group_of == group))
            for places, group in comparisons
            if _is_comparable(one, group_of == group)
        ]
    for (places, _), p_value in zip(compared, correct([p_value for _, p_value in compared]), strict=True):
        for place in places:
            rates[place] = replace(rates[place], p_value=p_value)
    overall = {one.kind: float(one.errors.sum() / one.trials.sum()) for one in errors}
    return Differentials(tuple(errors), tuple(groupings), tuple(people), tuple(rates), overall, len(compared))


def permutation_test(one: PersonErrors, is_member: NDArray[np.bool_], seed: int = 0) -> float:
    """The chance of a difference as large as the members' from the others where the groups mean nothing.

    Two people who are taken for each other stay together: the one is named because the other is, so they are no two
    witnesses. There must be members and others with trials.
    """
    fit = np.flatnonzero(one.trials > 0)
    counts = np.stack([one.errors, one.trials], axis=1)[fit].astype(np.float64)
    each = np.arange(len(one.partner))
    couple = np.where(one.partner == NOBODY, each, np.minimum(each, one.partner))[fit]
    members = int(is_member[fit].sum())
    random = np.random.default_rng(seed)
    observed = abs(_difference(is_member[fit].astype(np.float64)[None], counts)[0])
    as_large = 0
    for _ in range(PERMUTATIONS // _AT_ONCE):
        lots = random.random((_AT_ONCE, len(each)))[:, couple]
        drawn = np.zeros(lots.shape)
        np.put_along_axis(drawn, np.argsort(lots, axis=1, kind="stable")[:, :members], 1.0, axis=1)
        as_large += int((np.abs(_difference(drawn, counts)) >= observed - _ROUNDING).sum())
    return (1 + as_large) / (1 + PERMUTATIONS)


def correct(p_values: Sequence[float]) -> list[float]:
    """Each p-value for that many comparisons, by Holm's method: the chance that any of them is a false alarm."""
    corrected = [1.0] * len(p_values)
    least = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = least
    return corrected


def _difference(members: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): by drawing, the members' share less the others'. members: (n, people), 1 or 0; counts: (people, 2)."""
    of_members = members @ counts
    of_others = counts.sum(axis=0) - of_members
    return np.asarray(of_members[:, 0] / of_members[:, 1] - of_others[:, 0] / of_others[:, 1], np.float64)


def _is_comparable(one: PersonErrors, is_member: NDArray[np.bool_]) -> bool:
    has_trial = one.trials > 0
    fewest = min((has_trial & is_member).sum(), (has_trial & ~is_member).sum())
    return bool(fewest >= LEAST_PEOPLE and 0 < one.errors.sum() < one.trials.sum())


def _measure(one: PersonErrors, grouping: str, group: str, is_member: NDArray[np.bool_]) -> GroupRate:
    has_trial = one.trials > 0
    inside, outside = has_trial & is_member, has_trial & ~is_member
    others = float(one.errors[outside].sum() / one.trials[outside].sum()) if outside.any() else None
    share = _share(one.errors[inside], one.trials[inside]) if inside.sum() >= LEAST_PEOPLE else None
    return GroupRate(one.kind, grouping, group, int(inside.sum()), share, others, None)


def _share(errors: NDArray[np.int64], trials: NDArray[np.int64]) -> Interval:
    """As ``metrics.share_of``, of errors that are counted by person."""
    value = float(errors.sum() / trials.sum())
    if 0 < value < 1:
        low, high = bootstrap(len(errors), lambda drawn: float(drawn @ errors / (drawn @ trials)))
        return Interval(value, low, high)
    margin = unseen(len(errors))
    return Interval(value, 1 - margin if value else 0.0, 1.0 if value else margin)
