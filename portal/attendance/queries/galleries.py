"""Which rooms' cameras can name a student, and what another number means for them."""

from __future__ import annotations

from django.utils.translation import gettext

from portal.attendance.models import Enrolled, Student
from portal.attendance.numbers import fold_number


def rooms_that_know(student: Student) -> list[Enrolled]:
    """Where a gallery holds references of the student now, by the name of the room."""
    return list(Enrolled.objects.filter(student=student, removed_at=None).select_related("room").order_by("room__name"))


def number_warnings(student: Student, old_number: str | None) -> list[str]:
    """What a new number needs beyond its change here. ``old_number`` is None of a student who was just added."""
    found = []
    if old_number is not None and fold_number(old_number) != fold_number(student.number):
        # A gallery knows the number alone, and only its own machine can change it there.
        rooms = dict.fromkeys(each.room.name for each in rooms_that_know(student))
        if rooms:
            found.append(
                gettext(
                    "The gallery knows this student as {old_number} in: {rooms}. No camera can name them "
                    "until “recognizer gallery rename {old_number} {number}” is run on the machines there."
                ).format(old_number=old_number, rooms=", ".join(rooms), number=student.number)
            )
    if other := student.others_in_folder().first():
        found.append(
            gettext(
                "Photos cannot tell {number} from the number of {other}: a folder's name has “_” for “/”,"
                " and so fits both. recognizer encode refuses such a folder. Change one of the numbers."
            ).format(number=student.number, other=other)
        )
    return found
