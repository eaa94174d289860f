"""The one search for students: the same answers on every page and every database.

Every word is part of the plain name or of the folded number. The words are made plain like the names, so that ``soren``
and ``SØREN`` both find Søren. So does ``soeren``, and ``müller`` finds Mueller.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from portal.attendance.models import Student
from portal.attendance.names import spellings
from portal.attendance.numbers import fold_number


def find_students(text: str, prefix: str = "", also: Sequence[str] = ()) -> Q:
    """The condition that a student is found; with ``prefix`` as of other tables, such as ``student__``.

    ``also`` names further fields that a word may be part of. A text without words finds everybody.
    """
    found = Q()
    for word in text.split():
        number = fold_number(word)
        # An old number that breaks the rule has no folded form.
        part = Q(**{f"{prefix}folded_number__contains": number}) | Q(
            **{f"{prefix}folded_number": None, f"{prefix}number__lower__contains": word.lower()}
        )
        # A person has more than one number where a student was merged into another.
        part |= Q(**{f"{prefix}merged_into__folded_number__contains": number})
        others = Student.objects.filter(merged_into__isnull=False, folded_number__contains=number)
        part |= Q(**{f"{prefix}pk__in": others.order_by().values("merged_into")})
        for form in spellings(word):
            name = Q()
            for piece in form.split():
                name &= Q(**{f"{prefix}plain_name__contains": piece})
            part |= name
        for field in also:
            part |= Q(**{f"{field}__icontains": word})
        found &= part
    return found


def is_found(student: Student, text: str) -> bool:
    """Whether the search for a text finds this student."""
    return all(_has_word(student, word) for word in text.split())


def _has_word(student: Student, word: str) -> bool:
    if any(all(piece in student.plain_name for piece in form.split()) for form in spellings(word)):
        return True
    if student.folded_number is None:
        return word.lower() in student.number.lower()
    return fold_number(word) in student.folded_number
