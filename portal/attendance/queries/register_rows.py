"""One student in one class session's register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from portal.attendance.coverage import Span, merge_spans
from portal.attendance.models import Evidence, Excuse, Mark, MarkChange, Student
from portal.attendance.queries.look_alikes import LookAlikes

HERE = (Mark.Status.PRESENT, Mark.Status.LATE)
OUTSIDE = "outside"
UNANSWERED = ("expected", "unseen")
"""The statuses of who is expected and of whom nobody can say, or not yet."""
MINUTE = timedelta(minutes=1)


class Told(Protocol):
    """What is looked up of all students of a register at once, once a page asks it of any."""

    @property
    def changes(self) -> Mapping[int, MarkChange]:
        """The last change of each student's mark by a person."""

    @property
    def excuses(self) -> Mapping[int, Excuse]:
        """The excuse of each student who has one."""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One student in one class session.

    ``status`` is the mark's, or where it says nothing: ``expected``, ``excused``, ``cancelled``, ``visitor`` for
    somebody whom a camera saw and nobody expects, or ``outside`` for one who is in no count and stands there for the
    history. It is empty where nothing is known but that the student looks like somebody seen.
    ``version`` is the id of the last change by a person, 0 without one. ``look_alikes`` are the student and others of
    whom a camera saw one. ``told`` is what other rows have in common with this one.
    """

    student: Student
    mark: Mark | None
    status: str
    is_on_roster: bool
    is_enrolled: bool = True
    has_excuse: bool = False
    evidence: list[Evidence] = field(default_factory=list)
    look_alikes: LookAlikes | None = None
    told: Told | None = None

    @property
    def last_change(self) -> MarkChange | None:
        """The last one by a person."""
        return self.told.changes.get(self.student.pk) if self.told else None

    @property
    def excuse(self) -> Excuse | None:
        """The one by which the student is excused in the class session."""
        return self.told.excuses.get(self.student.pk) if self.told and self.has_excuse else None

    @property
    def version(self) -> int:
        last = self.last_change
        return last.pk if last else 0

    @property
    def is_here(self) -> bool:
        return self.status in HERE

    @property
    def is_guest(self) -> bool:
        """Here without being expected: counted beside the others, never among them."""
        return self.is_here and not self.is_on_roster

    @property
    def unconfirmed(self) -> list[Evidence]:
        """What was seen by a classroom clock that was wrong: it marks nobody until a person confirms it."""
        return [each for each in self.evidence if not each.is_confirmed and not each.is_between]

    @property
    def sure(self) -> list[Evidence]:
        """What a right clock saw of this student and nobody else, or a person has confirmed."""
        return [each for each in self.evidence if each.is_confirmed and not each.is_between]

    @property
    def seen(self) -> list[Span]:
        """The times in which cameras saw the student, in order, minute by minute.

        A mark of a recognizer that writes no evidence tells the first and the last time alone.
        """
        spans = [span for each in self.sure for span in _minutes(each)]
        if not spans and self.mark and self.mark.first_seen_at:
            last = self.mark.last_seen_at or self.mark.first_seen_at
            spans = [(self.mark.first_seen_at, last + MINUTE)]
        return merge_spans(spans)


_OF_AN_HOUR = 2**60 - 1


def _minutes(entry: Evidence) -> Iterable[Span]:
    """The minutes in which the student was seen, as spans of minutes without a gap.

    A classroom machine that was taken over may write more than an hour has, or less than none.
    """
    minutes, first = entry.minutes & _OF_AN_HOUR, 0
    while minutes:
        gap = (minutes & -minutes).bit_length() - 1
        seen = minutes >> gap
        length = (~seen & (seen + 1)).bit_length() - 1
        first += gap
        yield entry.hour + first * MINUTE, entry.hour + (first + length) * MINUTE
        minutes, first = seen >> length, first + length
