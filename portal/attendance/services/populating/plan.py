"""How large a made-up university is, and who meets when.

Students are in cohorts. A cohort has a room, and courses that all of its students take, so that no two meetings of a
student, a lecturer or a room clash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)

COURSES_OF_A_COHORT = 6
MEETINGS_A_WEEK = 3
"""Of each course."""

COURSES_OF_A_LECTURER = 3
COURSES_OF_A_DEPARTMENT = 42
WEEKS_OF_A_TERM = 15
CLOSED_WEEK = 7
"""In this week of each term nothing is held."""

DAYS_OF_A_WEEK = 6
FIRST_HOUR, HOURS_OF_A_DAY = 8, 10
STARTS_AT_MINUTE = 15
"""Every meeting lies within one full hour, from a quarter past to its end."""

UNEVENNESS = 1.25
"""Of 133 cohorts the first has three times as many students as the last."""

ZONE = "Europe/Berlin"
"""Of all rooms and accounts: its clocks change within a year."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is made up. Keys of students and courses are counted from 1. ``now`` is an instant of the last week."""

    students: int
    courses: int
    weeks: int
    now: datetime

    @property
    def cohorts(self) -> int:
        return -(-self.courses // COURSES_OF_A_COHORT)

    @property
    def lecturers(self) -> int:
        return -(-self.courses // COURSES_OF_A_LECTURER)

    @property
    def departments(self) -> int:
        return -(-self.courses // COURSES_OF_A_DEPARTMENT)

    @property
    def first_day(self) -> date:
        """The Monday on which everything begins."""
        today = self.now.astimezone(ZoneInfo(ZONE)).date()
        return today - timedelta(days=today.weekday()) - (self.weeks - 1) * WEEK

    def terms(self) -> Iterator[tuple[date, date]]:
        """The first and the last day of each term."""
        for week in range(0, self.weeks, WEEKS_OF_A_TERM):
            first = self.first_day + week * WEEK
            yield first, first + min(WEEKS_OF_A_TERM, self.weeks - week) * WEEK - timedelta(days=1)

    def cohort_of(self, student: int) -> int:
        """Counted from 0."""
        return int(self.cohorts * ((student - 1) / self.students) ** UNEVENNESS)

    def courses_of(self, cohort: int) -> range:
        """Their keys."""
        first = cohort * COURSES_OF_A_COHORT + 1
        return range(first, min(first + COURSES_OF_A_COHORT, self.courses + 1))


def meetings_of(course: int) -> list[tuple[int, time, time]]:
    """Weekday, start and end of each meeting of a course in a week. Those of a cohort are all at other times."""
    cohort, place = divmod(course - 1, COURSES_OF_A_COHORT)
    found = []
    for meeting in range(MEETINGS_A_WEEK):
        # 11 and 7 have no factor in common with the 60 hours of a week: no hour is met twice.
        number = (place * MEETINGS_A_WEEK + meeting) * 11 + cohort * 7
        hours, weekday = divmod(number % (DAYS_OF_A_WEEK * HOURS_OF_A_DAY), DAYS_OF_A_WEEK)
        hour = FIRST_HOUR + hours
        found.append((weekday, time(hour, STARTS_AT_MINUTE), time(hour + 1)))
    return found
