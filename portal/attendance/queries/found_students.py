"""The students that a search in the records finds, and what their marks can be asked by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from portal.attendance.models import Mark, Student
from portal.attendance.search import find_students

MOST_NAMED, MOST_OF_NAMED = 100, 5000
"""Up to so many students are wanted by their keys, and up to so many of their marks are looked up: a student has a few
hundred, and a walk may meet them nowhere for years."""

MOST_FOUND, MOST_OF_FOUND = 1000, 1000
"""Of more students so many marks: newcomers have none, and a walk that reads each name would look everywhere."""


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
        return not self.is_everybody and not self._is_named and self.marks is None

    @cached_property
    def marks(self) -> list[int] | None:
        """The keys of their marks; None where these are many."""
        if self._keys is None:
            return None
        most = MOST_OF_NAMED if self._is_named else MOST_OF_FOUND
        found = Mark.objects.filter(student__in=self._keys).order_by().values_list("pk", flat=True)
        marks = list(found[: most + 1])
        return marks if len(marks) <= most else None

    @property
    def whose(self) -> Q:
        """The condition on marks."""
        if self._is_named:
            return Q(student__in=self._keys)
        if self.marks is not None:
            return Q(pk__in=self.marks)
        return find_students(self.text, "student__")

    @cached_property
    def _keys(self) -> list[int] | None:
        """Of the students; None where there are too many, or everybody is found."""
        if self.is_everybody:
            return None
        found = Student.objects.filter(find_students(self.text)).order_by().values_list("pk", flat=True)
        keys = list(found[: MOST_FOUND + 1])
        return keys if len(keys) <= MOST_FOUND else None

    @property
    def _is_named(self) -> bool:
        return self._keys is not None and len(self._keys) <= MOST_NAMED
