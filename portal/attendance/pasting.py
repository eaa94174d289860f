"""Students that somebody types or pastes: by number, by name, or as rows of a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from portal.attendance.models import Student
from portal.attendance.numbers import LONGEST_NUMBER, find_fault, fold_number, without_zeros
from portal.attendance.search import find_students
from portal.attendance.services.importing.columns import recognise
from portal.attendance.services.importing.people import STUDENT_FIELDS

MOST_TOLD = 10
"""Lines that an error names; the rest are counted. No more are looked for by name either."""

MOST_ALIKE = 3
"""Students that are named whose numbers differ in leading zeros alone."""


@dataclass
class Pasted:
    """The students whom the lines mean, each once, and the lines that are headings."""

    students: list[Student] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def passed_over(self) -> str:
        """What is said of the headings; "" where there are none."""
        shown = "; ".join(map(_show, self.headings))
        return gettext("Passed over, as a heading: {lines}.").format(lines=shown) if self.headings else ""


def find_pasted(text: str) -> Pasted:
    """Whom the lines mean. Raises ValidationError that names the lines which nobody fits, or which several fit."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    known = _by_number(dict.fromkeys(number for line in lines for number in _numbers_in(line)))
    meant = {line: [number for number in _numbers_in(line) if number in known] for line in lines}
    headings = [line for line in lines if not meant[line] and is_heading(line)]
    if headings and len(headings) == len(lines):
        raise ValidationError(gettext("This is a heading, and no student: {line}.").format(line=_show(headings[0])))
    lines = [line for line in lines if line not in headings]
    wanted = list(dict.fromkeys(number for line in lines for number in _meant(line, meant[line])))
    unknown = [line for line in wanted if line not in known]
    faults = []
    for line in unknown[:MOST_TOLD]:
        found = _by_name(line)
        if len(found) == 1:
            known[line] = found[0]
        else:
            faults.append(_fault(line, found))
    if faults:
        more = len(unknown) - MOST_TOLD
        raise ValidationError([*faults, gettext("And {more} more lines.").format(more=more)] if more > 0 else faults)
    if len(unknown) > MOST_TOLD:
        raise ValidationError(gettext("These are too many names at once: add ten at a time, or paste numbers."))
    return Pasted(list(dict.fromkeys(known[each] for each in wanted)), headings)


def is_heading(line: str) -> bool:
    """Whether a line holds names of columns, as a file of students has them, in place of a student."""
    cells = _numbers_in(line)[1:] or [line]
    found = recognise(cells, STUDENT_FIELDS)
    return "number" in found or len(found) == len(cells)


def but_for_zeros(numbers: Iterable[str]) -> list[Student]:
    """The students whose number differs from one of these in leading zeros alone: a spreadsheet may drop them."""
    forms = {form for number in numbers if number.isdecimal() for form in _with_zeros(number)}
    return list(Student.objects.filter(folded_number__in=forms).order_by("number")) if forms else []


def _with_zeros(number: str) -> list[str]:
    """The folded number with no leading zeros, and with each number of them."""
    bare = without_zeros(number)
    return ["0" * zeros + bare for zeros in range(LONGEST_NUMBER - len(bare) + 1)]


def _by_number(numbers: Iterable[str]) -> dict[str, Student]:
    """Those that are a student's number, in any case of its letters."""
    wanted = list(numbers)
    known = {student.number: student for student in Student.objects.filter(number__in=wanted)}
    folded = {number: fold_number(number) for number in wanted if number not in known}
    by_form = {each.folded_number: each for each in Student.objects.filter(folded_number__in=folded.values())}
    return known | {number: by_form[form] for number, form in folded.items() if form in by_form}


def _by_name(line: str) -> list[Student]:
    """Who studies here and bears the names of a line with letters in it, and the numbers in it; five at the most.

    A part of a number is nobody's: who is meant by it would be a guess.
    """
    words = line.split()
    numbers = [word for word in words if any(map(str.isdigit, word))]
    names = " ".join(word for word in words if word not in numbers)
    if not any(map(str.isalpha, names)):
        return []
    found = Student.objects.filter(find_students(names), is_active=True, merged_into=None)
    for number in numbers:
        found = found.filter(folded_number__in=_with_zeros(number))
    return list(found[:5])


def _fault(line: str, found: list[Student]) -> str:
    if found:
        return gettext("“{line}” fits several students: {names}. Give the number.").format(
            line=line, names=", ".join(map(str, found))
        )
    if near := but_for_zeros(_numbers_in(line)):
        return " ".join(
            (
                gettext("No student has this number: {line}.").format(line=_show(line)),
                *(
                    gettext("{number} is ({full_name}): were leading zeros lost?").format(
                        number=student.number, full_name=student.full_name
                    )
                    for student in near[:MOST_ALIKE]
                ),
            )
        )
    words = (
        gettext("No student has this number or name: {line}. Add the student first.")
        if any(map(str.isalpha, line))
        else gettext("No student has this number: {line}. Add the student first.")
    )
    return words.format(line=_show(line))


def _show(line: str) -> str:
    """The line as it was pasted, cell by cell, with what cannot be seen of it."""
    return ", ".join(_show_cell(cell.strip()) for cell in line.split("\t") if cell.strip())


def _show_cell(cell: str) -> str:
    """What may be a name has blanks between its words: those say nothing of why nobody is found."""
    is_name = any(map(str.isalpha, cell))
    fault = find_fault(cell.replace(" ", "") if is_name else cell)
    return f"{cell} ({fault})" if fault else cell


def _numbers_in(line: str) -> list[str]:
    """What may be numbers in a line: the line itself, and its cells where it was copied from a spreadsheet."""
    cells = [cell.strip().strip('"') for cell in re.split(r"[\t;,]", line)]
    return [line, *filter(None, cells)] if len(cells) > 1 else [line]


def _meant(line: str, known: list[str]) -> list[str]:
    """The numbers that a line means: all of a list of numbers, else the first that is known, else the line itself."""
    cells = _numbers_in(line)[1:]
    if cells and "\t" not in line and all(not find_fault(cell) and any(map(str.isdigit, cell)) for cell in cells):
        return cells
    return known[:1] or [line]
