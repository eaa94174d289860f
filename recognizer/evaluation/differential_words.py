"""What the comparison of groups says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from recognizer.evaluation.differentials import LEAST_PEOPLE, SIGNIFICANCE, Differentials, GroupRate
from recognizer.evaluation.metrics import Interval
from recognizer.evaluation.page import interval, percent
from recognizer.ops.wording import count_of

NO_DIFFERENCE = (
    "That does not say that there is none: with so few people only large differences can be told, and the intervals "
    "show how large they may be."
)


def explain_differentials(found: Differentials) -> Iterator[str]:
    """What is more than chance, what cannot be told, and how it was decided; a sentence or two each."""
    for rate in found.rates:
        if rate.is_more_than_chance and rate.share is not None and rate.others is not None:
            yield from _describe(found, rate, rate.share, rate.others)
    if not found.comparisons:
        yield "No groups could be compared: too few people in each, or nothing went wrong."
    elif not any(rate.is_more_than_chance for rate in found.rates):
        yield f"No demographic differential is more than chance. {NO_DIFFERENCE}"
    for grouping in found.groupings:
        for group, people in found.sizes(grouping).items():
            if people < LEAST_PEOPLE:
                yield (
                    f"{grouping.name} {group}: {count_of(people, 'person', 'people')}, too few to say anything; it "
                    f"takes {LEAST_PEOPLE} and better many more."
                )
            elif too_few := [one.title for one in found.errors if found.rate(one.kind, grouping, group).share is None]:
                yield (
                    f"{grouping.name} {group}: fewer than {LEAST_PEOPLE} of {people} people have enough photos for: "
                    f"{'; '.join(too_few)}."
                )
    if found.comparisons:
        yield (
            f"{count_of(found.comparisons, 'comparison')} by permutation of people; p is corrected for their number "
            f"by Holm's method, and below {SIGNIFICANCE:g} a difference is called more than chance."
        )


def _describe(found: Differentials, rate: GroupRate, share: Interval, others: float) -> Iterator[str]:
    """Of two groups that are each other's others, only the one with the larger share."""
    (grouping,) = (one for one in found.groupings if one.name == rate.grouping)
    is_two = len(grouping.groups) == 2
    if is_two and share.value < others:
        return
    rest = next(group for group in grouping.groups if group != rate.group) if is_two else "everybody else"
    title = next(one.title for one in found.errors if one.kind == rate.kind)
    yield (
        f"{title}: {percent(share.value)} of {grouping.name} {rate.group} ({interval(share)}), {percent(others)} of "
        f"{rest}. This {_term(rate.kind)} is more than chance (p = {rate.p_value:.2g})."
    )


def _term(kind: str) -> str:
    """NISTIR 8280's."""
    if kind.startswith("fnir"):
        return "false negative differential"
    return "false positive differential" if kind.startswith("fpir") else "demographic differential"
