"""What a student's marks in a course come to, by the course's rules. Pure: no database and no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace

from portal.attendance.models import CourseRules, Status

Excused = CourseRules.Excused


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that hold in a course; the values here are Rollcall's own, where an institution has not said otherwise.

    ``late_after_minutes``: what a new class session begins with. ``late_percent``: what a late student gets of a class
    session. ``early_minutes``: who was last seen longer than this before the end has left early. ``least_minutes``: who
    was seen for less, from first to last, was hardly there. ``free_absences``: so many are left out.
    ``threshold_percent``: who has less is below the threshold.
    """

    late_after_minutes: int = 15
    late_percent: int = 100
    early_minutes: int = 15
    least_minutes: int = 0
    excused_counts: str = Excused.LEFT_OUT
    free_absences: int = 0
    threshold_percent: int = 75
    needs_reason: bool = False


def combine(*rows: CourseRules | None, usual: Rules | None = None) -> Rules:
    """The usual rules, overridden by the rows in their order where they say something."""
    said = {
        field.name: value
        for row in rows
        if row
        for field in fields(Rules)
        if (value := getattr(row, field.name)) is not None
    }
    return replace(usual or Rules(), **said)


@dataclass(frozen=True, slots=True)
class Figures:
    """``points`` of 100 for each class session that counts. Not observed and expected count nowhere."""

    points: int
    counted: int
    unseen: int
    expected: int
    threshold_percent: int

    @property
    def percent(self) -> int | None:
        """Rounded down: 74.9 is not yet 75. None where nothing counts."""
        return self.points // self.counted if self.counted else None

    @property
    def is_below(self) -> bool:
        """Whether the threshold is missed; nobody misses it of whom nothing counts."""
        return self.points < self.threshold_percent * self.counted


def figure(rules: Rules, counts: Mapping[str, int]) -> Figures:
    """The figures of one student; ``counts`` is how often each status stands in held class sessions."""
    present, late, absent, excused = (
        counts.get(status, 0) for status in (Status.PRESENT, Status.LATE, Status.ABSENT, Status.EXCUSED)
    )
    if rules.excused_counts == Excused.PRESENT:
        present += excused
    elif rules.excused_counts == Excused.ABSENT:
        absent += excused
    return Figures(
        points=present * 100 + late * rules.late_percent,
        counted=present + late + max(0, absent - rules.free_absences),
        unseen=counts.get(Status.UNSEEN, 0),
        expected=counts.get(Status.EXPECTED, 0),
        threshold_percent=rules.threshold_percent,
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What changed rules do: how many are below the threshold before and after, who falls below it, and who rises."""

    below_before: int
    below_after: int
    falling: int
    rising: int

    def __add__(self, other: Effect) -> Effect:
        return Effect(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


NO_EFFECT = Effect(0, 0, 0, 0)


def compare(before: Rules, after: Rules, students: Iterable[Mapping[str, int]]) -> Effect:
    """The effect of new rules on students, each given by the counts of their statuses in one course."""
    pairs = [(figure(before, counts).is_below, figure(after, counts).is_below) for counts in students]
    return Effect(
        below_before=sum(was for was, _ in pairs),
        below_after=sum(will for _, will in pairs),
        falling=sum(will and not was for was, will in pairs),
        rising=sum(was and not will for was, will in pairs),
    )
