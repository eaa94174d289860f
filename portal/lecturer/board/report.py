"""What an exam board reads of a course, whatever the form of the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext, ngettext

from portal.attendance.models import ClassSession, Course
from portal.attendance.names import surname_key
from portal.attendance.percentages import Figures, Rules
from portal.attendance.queries.course import Grid, GridRow
from portal.lecturer.rules_forms import rule_words
from portal.lecturer.student_words import LETTERS, letter_of
from portal.lecturer.words import STATUS_WORDS
from portal.web.languages import later as _
from portal.web.seals import keyed_digest

COUNTED = ("present", "late", "absent", "excused", "unseen", "expected")
"""The statuses that are counted for each student, in the order of the columns."""

HEADS = {
    "present": _("P"),
    "late": _("L"),
    "absent": _("A"),
    "excused": _("E"),
    "unseen": _("n.o."),
    "expected": _("n.a."),
}
HOW_TO_CHECK = _(
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
        return gettext("Attendance in {course}").format(course=self.course)

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
            *([(gettext("Institution"), settings.INSTITUTION)] if settings.INSTITUTION else []),
            (gettext("Course"), str(self.course)),
            (gettext("As it stood"), f"{self.made_at.astimezone(self.zone):%Y-%m-%d %H:%M} ({self.zone.key})"),
            (gettext("Exported by"), self.made_by),
            (gettext("Class sessions"), self._sessions_words()),
            (gettext("Students"), self._students_words()),
            *rules_facts(self.grid.rules),
            (
                gettext("Percentages"),
                gettext(
                    "of class sessions with a closed register, rounded down; "
                    "not observed and no answer yet count nowhere"
                ),
            ),
            (gettext("Reference"), self.reference),
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
            return gettext("none")
        first, last = (self.sessions[index].day for index in (0, -1))
        cancelled = sum(session.is_cancelled for session in self.sessions)
        held = gettext("{number} from {first} to {last}").format(number=len(self.sessions), first=first, last=last)
        return (
            gettext("{held}, {cancelled} of them not held").format(held=held, cancelled=cancelled)
            if cancelled
            else held
        )

    def _students_words(self) -> str:
        below = gettext("{below} below {threshold_percent} %").format(
            below=self.grid.below, threshold_percent=self.grid.rules.threshold_percent
        )
        return ngettext("{number} student, {below}", "{number} students, {below}", len(self.rows)).format(
            number=len(self.rows), below=below
        )


def rules_facts(rules: Rules) -> list[tuple[str, str]]:
    """The rules of a course that its percentages follow, a label and a text each."""
    return [
        (
            gettext("Late"),
            # xgettext:no-python-format
            gettext("counts {late_percent} % of a class session").format(late_percent=rules.late_percent),
        ),
        (gettext("Excused"), rule_words("excused_counts", rules.excused_counts).lower()),
        (gettext("Free absences"), str(rules.free_absences)),
        (gettext("Threshold"), f"{rules.threshold_percent} %"),
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
    return " · ".join(f"{letter_of(each)} {STATUS_WORDS[each].lower()}" for each in used if each in STATUS_WORDS)
