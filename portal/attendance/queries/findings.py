"""What is found in closed registers that a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.attendance.models import ClassSession, ExceptionKind, Mark, NearMiss, Student

OF_SEVERAL = (ExceptionKind.UNSEEN, ExceptionKind.NOT_ENROLLED, ExceptionKind.CORRECTED)


@dataclass(frozen=True, slots=True)
class Finding:
    """An exception in a class session's register: of one student, or of all in ``students``.

    ``seen``: from when to when, where a camera saw somebody. ``by``: which cameras, or of a correction which persons.
    ``facts`` stand for all that it was found by: it is cleared for as long as they are the same. ``percent`` of the
    class session could be seen. ``word`` is the id of the last change of the mark by a person, 0 without one. Who was
    hardly there may have left early too. ``near_misses`` tell of a student who is not there, the nearest first.
    """

    session: ClassSession
    kind: ExceptionKind
    students: tuple[Student, ...]
    facts: str
    mark: Mark | None = None
    seen: tuple[datetime, datetime] | None = None
    by: tuple[str, ...] = ()
    percent: int = 0
    word: int = 0
    has_left_early: bool = False
    near_misses: tuple[NearMiss, ...] = ()

    @property
    def student(self) -> Student | None:
        """The one whom it concerns; None where it concerns several."""
        return None if self.kind in OF_SEVERAL else self.students[0]

    @property
    def key(self) -> tuple[int, int | None, str]:
        """What it is known by, whatever its facts."""
        return self.session.pk, self.student.pk if self.student else None, self.kind.value
