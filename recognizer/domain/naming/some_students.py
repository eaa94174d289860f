"""Students who are searched together, and the tolerances for them: for all, or for those still awaited."""

from __future__ import annotations

from collections.abc import Callable

from recognizer.domain.naming.search import Crowd
from recognizer.domain.naming.taught import TaughtTolerance
from recognizer.domain.naming.tolerance import Tolerance

LEAST_AWAITED = 5
"""So many students at least are taken to be awaited: of one or two a law says little (docs/recognition.md,
"How tracks add up")."""

TIMES_COUNTED = 2
"""Each of those awaited counts so often. While a class is found one after the other, a face is compared with others
too, and these chances add up."""


class SomeStudents:
    """Those students of a gallery who are searched together, and their tolerances.

    students: how many they are. of_enrolled, of_taught: the tolerances by how many are searched, the latter by what
    lessons taught; None where they taught nothing.
    """

    def __init__(
        self,
        crowd: Crowd,
        is_for_visitors: bool,
        students: int,
        of_enrolled: Callable[[int], Tolerance],
        of_taught: Callable[[int], Tolerance] | None,
    ) -> None:
        self.crowd, self.is_for_visitors = crowd, is_for_visitors
        self._students, self._of_enrolled, self._of_taught = students, of_enrolled, of_taught
        self._known: dict[tuple[int, bool], Tolerance] = {}

    def tolerance(self, *, is_taught: bool, present: int = 0) -> Tolerance:
        """For a student with or without learned references; where so many others are present, among the rest."""
        searched = min(TIMES_COUNTED * max(self._students - present, LEAST_AWAITED), self._students)
        if (searched, is_taught) not in self._known:
            tolerance = self._of_enrolled(searched)
            if is_taught and self._of_taught is not None:
                tolerance = TaughtTolerance(tolerance, self._of_taught(searched))
            self._known[searched, is_taught] = tolerance
        return self._known[searched, is_taught]
