"""Whose number a folder's or file's name means: as the database writes it, or as the gallery does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from recognizer.domain.register.numbers import fold_number, normalize_number

_COUNTER = re.compile(r"^(?P<number>.*[^\W_].*?)[._-]\(?\d{1,3}\)?$")
"""A counter after a sign: the "_2" of "S1001_2.jpg"."""


class Numbering:
    """Matches names with the students' numbers.

    A name of a file cannot contain "/", so that "2023_CS_001" stands for 2023/CS/001 as well; and case does not count.
    """

    def __init__(self, known: Iterable[str] | None = None, enrolled: Iterable[str] = ()) -> None:
        """known: the database's numbers, None where it could not be asked; enrolled: the gallery's."""
        self.is_checked = known is not None
        self._known = _by_form(known or ())
        self._enrolled = _by_form(enrolled)
        self._written: dict[str, str] = {}
        """By form, the numbers that nobody has yet, as each was written first."""

    def resolve(self, written: str, *, is_file: bool = False) -> tuple[str, ...]:
        """The numbers that fit what is written; more than one where they differ in "/" and "_" alone.

        The database's come before the gallery's. Of a file's name that nobody has, a counter at its end is left out if
        that gives a number. Without any the number is the one written, and as it was written when asked for first.
        """
        counter = _COUNTER.match(written) if is_file else None
        for numbers in (self._known, self._enrolled):
            if fitting := _fit(written, numbers):
                return fitting
            if counter and (fitting := _fit(counter["number"], numbers)):
                return fitting
        return (self._written.setdefault(_form(written), normalize_number(written)),)

    def knows(self, number: str) -> bool:
        """Whether the database has a student with this very number."""
        return number in self._known.get(_form(number), ())

    def is_enrolled(self, number: str) -> bool:
        """Whether the gallery has a student with this very number."""
        return number in self._enrolled.get(_form(number), ())

    def respell(self, numbers: Iterable[str]) -> dict[str, str]:
        """Those of the gallery's numbers that the database writes in another way, and how."""
        spellings = {number: _fit(number, self._known) for number in numbers if not self.knows(number)}
        return {number: fitting[0] for number, fitting in spellings.items() if len(fitting) == 1}


def _by_form(numbers: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for number in numbers:
        found[_form(number)].append(number)
    return found


def _fit(written: str, numbers: dict[str, list[str]]) -> tuple[str, ...]:
    fitting = numbers.get(_form(written), [])
    # Old numbers may differ in case alone; then case counts.
    in_this_case = [number for number in fitting if _in_names(number) == _in_names(written)]
    return tuple(sorted(in_this_case or fitting))


def _in_names(number: str) -> str:
    return normalize_number(number).replace("/", "_")


def _form(number: str) -> str:
    return fold_number(_in_names(number))
