"""The students that a search in the records finds, and what their marks can be asked by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from portal.attendance.models import Mark, Student
from portal.attendance.search import find_students

MOST_NAMED = 100
"""Up to so many students are wanted by their keys, more of them by the search itself."""

MOST_LOOKED_UP = 1000
"""Of up to so many students it is looked up whether they have no more marks than this in all."""

MOST_OF_NAMED = 5000
"""Of named students more marks are looked up: each has a few hundred, and a walk may meet them nowhere for years."""


@dataclass(frozen=True)
class FoundStudents:
    """Everybody where the text has no word. What was looked up once is known."""

    text: str = ""

    @property
    def is_everybody(self) -> bool:
        return not self.text.split()

    @property
    def is_searched(self) -> bool:
        """Whether the search is so wide that the name of each mark's student is read."""
        return not self.is_everybody and self.keys is None and self.few_marks is None

    @property
    def keys(self) -> list[int] | None:
        """The students' keys where they are few."""
        return self._all if self._all is not None and len(self._all) <= MOST_NAMED else None

    @cached_property
    def few_marks(self) -> dict[int, int] | None:
        """The class session of each mark of many students who have few, as a year's newcomers; else None.

        A walk that reads each name would look for them everywhere.
        """
        if self._all is None or self.keys is not None:
            return None
        found = Mark.objects.filter(student__in=self._all).order_by().values_list("pk", "session")
        marks = dict(found[: MOST_LOOKED_UP + 1])
        return marks if len(marks) <= MOST_LOOKED_UP else None

    @cached_property
    def sessions(self) -> set[int] | None:
        """The class sessions in which they have marks; None where there are too many marks to look at."""
        if self.few_marks is not None:
            return set(self.few_marks.values())
        if self.keys is None:
            return None
        found = Mark.objects.filter(self.whose).order_by().values_list("session", flat=True)
        sessions = list(found[: MOST_OF_NAMED + 1])
        return set(sessions) if len(sessions) <= MOST_OF_NAMED else None

    @property
    def whose(self) -> Q:
        """The condition on marks."""
        if self.keys is not None:
            return Q(student__in=self.keys)
        if self.few_marks is not None:
            return Q(pk__in=self.few_marks)
        return find_students(self.text, "student__")

    @cached_property
    def _all(self) -> list[int] | None:
        """The students' keys; None where there are too many, or everybody is found."""
        if self.is_everybody:
            return None
        found = Student.objects.filter(find_students(self.text)).order_by().values_list("pk", flat=True)
        keys = list(found[: MOST_LOOKED_UP + 1])
        return keys if len(keys) <= MOST_LOOKED_UP else None
