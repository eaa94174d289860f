"""One student in one class session's register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from portal.attendance.coverage import Span, merge_spans
from portal.attendance.models import Evidence, Excuse, Mark, MarkChange, Student
from portal.attendance.queries.look_alikes import LookAlikes

HERE = (Mark.Status.PRESENT, Mark.Status.LATE)
OUTSIDE = "outside"
UNANSWERED = ("expected", "unseen")
"""The statuses of who is expected and of whom nobody can say, or not yet."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One student in one class session.

    ``status`` is the mark's, or where it says nothing: ``expected``, ``excused``, ``cancelled``, ``visitor`` for
    somebody whom a camera saw and nobody expects, or ``outside`` for one who is in no count and stands there for the
    history. It is empty where nothing is known but that the student looks like somebody seen.
    ``version`` is the id of the last change by a person, 0 without one. ``look_alikes`` are the student and others of
    whom a camera saw one.
    """

    student: Student
    mark: Mark | None
    status: str
    is_on_roster: bool
    is_enrolled: bool = True
    last_change: MarkChange | None = None
    evidence: list[Evidence] = field(default_factory=list)
    look_alikes: LookAlikes | None = None
    excuse: Excuse | None = None

    @property
    def version(self) -> int:
        return self.last_change.pk if self.last_change else 0

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
