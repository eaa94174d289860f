"""Students who are named in a text that somebody types or pastes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from portal.attendance.models import Student
from portal.attendance.numbers import fold_number
from portal.attendance.pasting import but_for_zeros, is_heading
from portal.attendance.search import find_students

MOST_STUDENTS = 500
LONGEST_PASTE = 20_000
"""Characters: five hundred rows of a spreadsheet."""
MOST_ALIKE = 12
"""So many who bear a name are offered; of more, more of the name is asked for."""


@dataclass
class Found:
    """Whom some lines mean: students, those of whom one has to be chosen, and lines that mean nobody.

    Where it ``is_too_much``, nothing was looked up: nobody would see whom it leaves out.
    """

    students: list[Student] = field(default_factory=list)
    choices: list[tuple[str, list[Student]]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    is_too_much: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether every line means somebody, and one alone."""
        return not self.choices and not self.unknown and not self.is_too_much


def find_who(text: str, students: QuerySet[Student]) -> Found:
    """Numbers or names, one a line, or rows of a spreadsheet with a number in each; of those among ``students``."""
    found = Found()
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(lines) > MOST_STUDENTS or len(text) > LONGEST_PASTE:
        return Found(is_too_much=True)
    cells = {line: [line, *filter(None, (cell.strip(' "') for cell in re.split(r"[\t;,]", line)))] for line in lines}
    numbers = {cell for each in cells.values() for cell in each}
    known = Q(folded_number__in=[fold_number(each) for each in numbers]) | Q(number__in=numbers)
    rows = list(students.filter(known))
    by_number = {form: student for student in rows for form in (student.number, student.folded_number)}
    for line in lines:
        hits = [by_number.get(cell) or by_number.get(fold_number(cell)) for cell in cells[line]]
        if numbered := [student for student in hits if student]:
            found.students += numbered
        elif is_heading(line):
            found.unknown.append(gettext("{line} (a heading, and no student)").format(line=line))
        elif near := list(students.filter(pk__in=[student.pk for student in but_for_zeros(cells[line])])):
            # Leading zeros may have been lost: somebody has to say so.
            found.choices.append((line, near))
        else:
            _find_name(line, students, found)
    found.students = list(dict.fromkeys(found.students))
    return found


def _find_name(line: str, students: QuerySet[Student], found: Found) -> None:
    alike = list(students.filter(find_students(line))[: MOST_ALIKE + 1])
    if len(alike) == 1:
        found.students += alike
    elif 1 < len(alike) <= MOST_ALIKE:
        found.choices.append((line, alike))
    else:
        found.unknown.append(
            gettext("{line} (many students: give more of the name)").format(line=line) if alike else line
        )
