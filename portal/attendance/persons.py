"""One person under two numbers: a student who was merged into another, who stands for both.

Rows stay where they are, under the number that they were written for. Whoever counts or expects persons goes by the
student who stands for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from portal.attendance.models import Mark, Student


def person(student: str = "student") -> Coalesce:
    """The primary key of the student who stands for a row's student; ``student`` is the way from the row to it."""
    return Coalesce(f"{student}__merged_into", f"{student}__pk")


def is_active(student: str = "student") -> Q:
    """The condition that a row's student studies here, where another stands for them, that one."""
    own = Q(**{f"{student}__merged_into": None, f"{student}__is_active": True})
    return own | Q(**{f"{student}__merged_into__is_active": True})


def one_a_person(marks: QuerySet[Mark]) -> QuerySet[Mark]:
    """Without those of merged students where the one who stands for them has a mark in the class session too.

    That one was decided by what is known of both.
    """
    stands = Mark.objects.filter(session=OuterRef("session"), student=OuterRef("student__merged_into"))
    return marks.exclude(Q(student__merged_into__isnull=False) & Exists(stands))


def keys_of(student: Student) -> list[int]:
    """The primary keys of a student and of those for whom they stand."""
    return [student.pk, *(each.pk for each in student.others)]


class Persons:
    """Who stands for whom, of all students who were merged: few."""

    def __init__(self) -> None:
        rows = Student.objects.filter(merged_into__isnull=False).order_by().values_list("pk", "merged_into")
        self._stands_for: dict[int, int] = {student_id: into for student_id, into in rows if into}
        self._merged: dict[int, list[int]] = defaultdict(list)
        for student_id, into in self._stands_for.items():
            self._merged[into].append(student_id)

    def person_of(self, student_id: int) -> int:
        """The primary key of the student who stands for this one."""
        return self._stands_for.get(student_id, student_id)

    def merged_into(self, student_id: int) -> list[int]:
        """The students for whom this one stands too."""
        return self._merged.get(student_id, [])

    def merged(self, into: Collection[int] | None = None) -> set[int]:
        """Who was merged into one of these students; without them everybody who was merged."""
        return {key for key, person in self._stands_for.items() if into is None or person in into}
