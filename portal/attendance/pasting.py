"""Students that somebody types or pastes: by number, by name, or as rows of a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from portal.attendance.models import Student
from portal.attendance.numbers import find_fault, fold_number
from portal.attendance.search import find_students

MOST_TOLD = 10
"""Lines that an error names; the rest are counted. No more are looked for by name either."""


def find_pasted(text: str) -> list[Student]:
    """The students of the lines, each once. Raises ValidationError that names the lines which nobody fits."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    known = _by_number(dict.fromkeys(number for line in lines for number in _numbers_in(line)))
    meant = {line: [number for number in _numbers_in(line) if number in known] for line in lines}
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
    return list(dict.fromkeys(known[each] for each in wanted))


def _by_number(numbers: Iterable[str]) -> dict[str, Student]:
    """Those that are a student's number, in any case of its letters."""
    wanted = list(numbers)
    known = {student.number: student for student in Student.objects.filter(number__in=wanted)}
    folded = {number: fold_number(number) for number in wanted if number not in known}
    by_form = {each.folded_number: each for each in Student.objects.filter(folded_number__in=folded.values())}
    return known | {number: by_form[form] for number, form in folded.items() if form in by_form}


def _by_name(line: str) -> list[Student]:
    """Who studies here and fits a line with letters in it; five at the most."""
    if not any(map(str.isalpha, line)):
        return []
    return list(Student.objects.filter(find_students(line), is_active=True, merged_into=None)[:5])


def _fault(line: str, found: list[Student]) -> str:
    if found:
        return gettext("“{line}” fits several students: {names}. Give the number.").format(
            line=line, names=", ".join(map(str, found))
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
