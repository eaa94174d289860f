"""Students whom nobody expects in a class session, looked for by a person who adds them."""

from __future__ import annotations

from portal.attendance.models import Student
from portal.attendance.queries.register import Register
from portal.attendance.search import find_students

SHORTEST = 3
"""Characters of a search: fewer would list strangers at random."""

MOST = 6


def find_walk_ins(register: Register, text: str) -> list[Student]:
    """At most MOST active students who stand nowhere in the register and whom the text finds."""
    if len(text.strip()) < SHORTEST:
        return []
    known = [row.student.pk for row in (*register.rows, *register.visitors)]
    found = Student.objects.filter(find_students(text), is_active=True).order_by("plain_name", "number")
    # Asked for without those already there: a long list of numbers would not become a statement.
    return [student for student in found[: MOST + len(known)] if student.pk not in set(known)][:MOST]
