"""Whether a rule of warnings holds for one student in one course. Pure: no database and no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.attendance.models import Status, WarningRule
from portal.attendance.percentages import Rules, figure

HERE = (Status.PRESENT, Status.LATE)
COUNTED = (*HERE, Status.ABSENT)
"""What breaks a row of absences or makes it longer."""


@dataclass(frozen=True, slots=True)
class Attended:
    """A student in one class session that was held: what the mark says, and when that was in the room's own words."""

    session_id: int
    starts_at: datetime
    status: str
    when: str
    has_left_early: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule holds: what to say, of which class sessions, on which occasion, and up to which class session."""

    what: str
    dates: tuple[str, ...]
    occasion: str
    through: datetime


def hits(rule: WarningRule, attended: Sequence[Attended], counting: Rules) -> list[Hit]:
    """Every time that the rule holds for a student; ``attended`` in the order of time, counted by the course's rules.

    A percentage and a number of times hold once. Absences in a row hold once for each row that is long enough.
    """
    match rule.kind:
        case WarningRule.Kind.BELOW:
            return list(_below(rule, attended, counting))
        case WarningRule.Kind.IN_A_ROW:
            return list(_in_a_row(rule, attended))
        case _:
            return list(_left_early(rule, attended))


def severity(rule: WarningRule) -> int:
    """Of rules of one kind the greater is the stricter: it is told, and covers the others."""
    return -rule.number if rule.kind == WarningRule.Kind.BELOW else rule.number


def _below(rule: WarningRule, attended: Sequence[Attended], counting: Rules) -> Iterator[Hit]:
    """Where the percentage is too low now; who was below it once and is no more is not meant."""
    found = figure(replace(counting, threshold_percent=rule.number), Counter(each.status for each in attended))
    if attended and found.counted >= rule.after_sessions and found.is_below:
        absent = tuple(each.when for each in attended if each.status == Status.ABSENT)
        share = f"Attendance is {found.percent} %, below {rule.number} %"
        yield Hit(f"{share}: {found.counted} class sessions count so far.", absent, "", attended[-1].starts_at)


def _in_a_row(rule: WarningRule, attended: Sequence[Attended]) -> Iterator[Hit]:
    """What is excused or not observed neither breaks a row nor makes it longer."""
    row: list[Attended] = []
    for each in [one for one in attended if one.status in COUNTED]:
        row = [] if each.status in HERE else [*row, each]
        if len(row) == rule.number:
            times = "absence" if rule.number == 1 else "absences in a row"
            occasion = str(row[0].session_id)
            yield Hit(f"{rule.number} {times}.", tuple(one.when for one in row), occasion, each.starts_at)


def _left_early(rule: WarningRule, attended: Sequence[Attended]) -> Iterator[Hit]:
    early = [each for each in attended if each.has_left_early]
    if len(early) >= rule.number:
        first = early[: rule.number]
        times = "once" if rule.number == 1 else f"{rule.number} times"
        yield Hit(f"Left early {times}.", tuple(each.when for each in first), "", first[-1].starts_at)
