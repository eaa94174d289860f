"""What an exam board reads of a course, whatever the form of the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from portal.attendance.models import ClassSession, Course
from portal.attendance.names import surname_key
from portal.attendance.percentages import Figures, Rules
from portal.attendance.queries.course import Grid, GridRow
from portal.lecturer.rules_forms import rule_words
from portal.lecturer.student_words import LETTERS
from portal.lecturer.words import STATUS_WORDS, counted
from portal.web.seals import keyed_digest

COUNTED = ("present", "late", "absent", "excused", "unseen", "expected")
"""The statuses that are counted for each student, in the order of the columns."""

HEADS = {"present": "P", "late": "L", "absent": "A", "excused": "E", "unseen": "n.o.", "expected": "n.a."}
HOW_TO_CHECK = (
    "The portal's administrators check this file with “rollcall-manage verify FILE”: it says whether anything in it "
    "was changed, and prints this digest."
)


@dataclass(frozen=True)
class Report:
    """A course as it stood at ``made_at``. ``made_by`` is who asked for it, as the office calls them."""

    course: Course
    grid: Grid
    made_at: datetime
    zone: ZoneInfo
    made_by: str
    reference: str

    @property
    def title(self) -> str:
        return f"Attendance in {self.course}"

    @cached_property
    def rows(self) -> list[GridRow]:
        """The students by surname, as boards go through them."""
        return sorted(self.grid.rows, key=lambda row: (*surname_key(row.student.full_name), row.student.number))

    @property
    def sessions(self) -> list[ClassSession]:
        return [column.session for column in self.grid.columns]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What the file is, and which rules its percentages follow: a label and a text each."""
        return [
            ("Course", str(self.course)),
            ("As it stood", f"{self.made_at.astimezone(self.zone):%Y-%m-%d %H:%M} ({self.zone.key})"),
            ("Exported by", self.made_by),
            ("Class sessions", self._sessions_words()),
            ("Students", self._students_words()),
            *rules_facts(self.grid.rules),
            (
                "Percentages",
                "of class sessions with a closed register, rounded down; not observed and no answer yet count nowhere",
            ),
            ("Reference", self.reference),
        ]

    @cached_property
    def digest(self) -> str:
        """A keyed digest of all that the file says, but for the digest itself."""
        said = [self.title, self.facts, [head_of(each) for each in self.sessions]]
        rows = [
            [row.student.number, row.student.full_name, list(row.statuses), *astuple(row.figures), *counts_of(row)]
            for row in self.rows
        ]
        return keyed_digest(json.dumps([said, rows]).encode("ascii"))

    def here(self) -> list[int]:
        """How many of those who count were in each class session."""
        return [column.here for column in self.grid.columns]

    def _sessions_words(self) -> str:
        if not self.sessions:
            return "none"
        first, last = (self.sessions[index].day for index in (0, -1))
        cancelled = sum(session.is_cancelled for session in self.sessions)
        held = f"{len(self.sessions)} from {first} to {last}"
        return f"{held}, {cancelled} of them not held" if cancelled else held

    def _students_words(self) -> str:
        below = f"{self.grid.below} below {self.grid.rules.threshold_percent} %"
        return f"{counted(len(self.rows), 'student')}, {below}"


def rules_facts(rules: Rules) -> list[tuple[str, str]]:
    """The rules of a course that its percentages follow, a label and a text each."""
    return [
        ("Late", f"counts {rules.late_percent} % of a class session"),
        ("Excused", rule_words("excused_counts", rules.excused_counts).lower()),
        ("Free absences", str(rules.free_absences)),
        ("Threshold", f"{rules.threshold_percent} %"),
    ]


def head_of(session: ClassSession) -> str:
    """Day and time of a class session, by the clocks of its room."""
    return f"{session.starts_at.astimezone(session.room.zone):%Y-%m-%d %H:%M}"


def counts_of(row: GridRow) -> list[int]:
    """How often each of ``COUNTED`` stands for a student in closed registers."""
    return [row.counts[status] for status in COUNTED]


def percent_words(figures: Figures) -> str:
    """The percentage as it is printed; a dash where nothing counts."""
    return "–" if figures.percent is None else str(figures.percent)


def key_words(used: Sequence[str] = tuple(LETTERS)) -> str:
    """What the signs of the grid mean."""
    return " · ".join(f"{LETTERS[each]} {STATUS_WORDS[each].lower()}" for each in used if each in STATUS_WORDS)
