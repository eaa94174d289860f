"""The file that says which group each person of an evaluation is of, such as their sex, age or skin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recognizer.domain.register.numbers import fold_number, normalize_number
from recognizer.enrolment.csv_file import read_lines
from recognizer.enrolment.photo_folder import printable, read_label
from recognizer.errors import PhotoError
from recognizer.ops.wording import enumerate_some

MOST_GROUPS = 10
"""Of one column. More leave too few people in each, and are years or names rather than groups."""

_FORMAT = "expected a first line such as number,sex,age and below it a line for each person"


@dataclass(frozen=True, slots=True)
class Grouping:
    """One column of the file. name: its heading; group_of: each person's group, by the name of their folder."""

    name: str
    group_of: Mapping[str, str]

    @property
    def groups(self) -> list[str]:
        """By name."""
        return sorted(set(self.group_of.values()))


def read_groupings(path: Path, people: Sequence[str]) -> tuple[Grouping, ...]:
    """The columns of a CSV whose first column is a person's folder, or the student number that it begins with.

    people: the names of all folders. Raises PhotoError where the file cannot be understood, or does not give each of
    them, and nobody else, one group in each column. Upper and lower case, and the number of spaces, make no other
    group: it is called as it is first written.
    """
    lines = list(read_lines(path, "the list of groups", "people"))
    if not lines:
        raise PhotoError(f"the list of groups {path} is empty: {_FORMAT}")
    width = _count_columns([cells for _, cells in lines])
    headings = [_read_cell(heading) for heading in lines[0][1][1:width]]
    folders = _Folders(people)
    _require_headings(path, lines[0][1], headings, folders)
    rows: dict[str, list[str]] = {}
    unknown: list[str] = []
    for line, (written, *cells) in lines[1:]:
        folder = folders.find(written)
        if folder is None:
            unknown.append(printable(written) or f"line {line}")
        elif folder in rows:
            raise PhotoError(f"line {line} of the list of groups {path} names {printable(written)} once more")
        else:
            rows[folder] = _read_groups(path, line, cells, headings)
    if unknown:
        raise PhotoError(
            f"the list of groups {path} names people who have no folder: {enumerate_some(unknown)}; take their lines "
            "out, or write the names as those of the folders"
        )
    if missing := [printable(name) for name in people if name not in rows]:
        raise PhotoError(f"the list of groups {path} has no line for {enumerate_some(missing)}: add one for each")
    found = tuple(
        Grouping(heading, _spell_alike({folder: groups[column] for folder, groups in rows.items()}))
        for column, heading in enumerate(headings)
    )
    for grouping in found:
        _require_few(path, grouping)
    return found


class _Folders:
    """Finds folders by their name, or by the number that it begins with where that is one person's only."""

    def __init__(self, people: Iterable[str]) -> None:
        self._by_name = {normalize_number(name): name for name in people}
        numbers = {name: fold_number(read_label(name, is_file=False)[0]) for name in self._by_name.values()}
        counts = Counter(numbers.values())
        self._by_number = {number: name for name, number in numbers.items() if counts[number] == 1}

    def find(self, written: str) -> str | None:
        name = normalize_number(written)
        return self._by_name.get(name) or self._by_number.get(fold_number(name))


def _require_headings(path: Path, cells: Sequence[str], headings: Sequence[str], folders: _Folders) -> None:
    if not headings or folders.find(cells[0]) is not None:
        raise PhotoError(f"the list of groups {path} does not name its columns: {_FORMAT}")
    if not all(headings) or len(set(map(fold_number, headings))) < len(headings):
        raise PhotoError(f"the first line of the list of groups {path} must give each column a name of its own")


def _read_groups(path: Path, line: int, cells: Sequence[str], headings: Sequence[str]) -> list[str]:
    """The groups of one line."""
    if any(map(_read_cell, cells[len(headings) :])):
        raise PhotoError(f"line {line} of the list of groups {path} has more cells than the first line")
    groups = [_read_cell(cell) for cell in cells[: len(headings)]] + [""] * (len(headings) - len(cells))
    for heading, group in zip(headings, groups, strict=True):
        if not group:
            raise PhotoError(
                f'line {line} of the list of groups {path} gives no {heading}: give one, or write "unknown"'
            )
    return groups


def _count_columns(rows: Sequence[Sequence[str]]) -> int:
    """Those up to the last with anything in it: spreadsheets export empty ones at the right too."""
    return max(column + 1 for row in rows for column, cell in enumerate(row) if _read_cell(cell))


def _read_cell(cell: str) -> str:
    """As it is shown, with one plain space for any run of spaces: spreadsheets put some that do not break."""
    return printable(" ".join(cell.split()))


def _spell_alike(group_of: Mapping[str, str]) -> dict[str, str]:
    """The groups in the spelling in which each is first written."""
    spelling: dict[str, str] = {}
    return {folder: spelling.setdefault(fold_number(group), group) for folder, group in group_of.items()}


def _require_few(path: Path, grouping: Grouping) -> None:
    count = len(grouping.groups)
    if count == 1:
        raise PhotoError(f"all people are of one {grouping.name} in the list of groups {path}: leave that column out")
    if count > MOST_GROUPS:
        raise PhotoError(
            f"{grouping.name} has {count} groups in the list of groups {path}, of which {MOST_GROUPS} can be compared: "
            "put them together, such as years into 18-24 and 25-34"
        )
