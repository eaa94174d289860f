"""A list that says whose photo is which, as student systems export it with their photos: a CSV of numbers and files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recognizer.domain.register.numbers import find_fault, normalize_number
from recognizer.enrolment.csv_file import read_lines
from recognizer.enrolment.numbering import Numbering
from recognizer.enrolment.photo_folder import (
    NOT_A_PHOTO,
    PHOTO_SUFFIXES,
    IgnoredFile,
    PhotoFolder,
    StudentPhotos,
    explain_choice,
    is_photo,
    printable,
)
from recognizer.enrolment.spelling import Spelling
from recognizer.errors import PhotoError

_HEADINGS = ("number", "file", "name")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    number: str
    file: str
    name: str


def read_photo_list(path: Path, folder: Path, numbering: Numbering | None = None) -> PhotoFolder:
    """The photos of a list, which lie in that folder or below it.

    The list has a student's number and a file in each line, separated by commas, semicolons or tabs. A first line of
    the headings "number", "file" and "name", in any order and among others, is understood; without it the first two
    columns are these. A student may have several lines. One whose file is empty, not there or no photo stays in the
    result, maybe without a photo. Raises PhotoError where the list cannot be read, names no file, or a file outside of
    the folder.
    """
    if not folder.is_dir():
        raise PhotoError(f"there is no folder {folder}: expected the one in which the photos of the list lie")
    sorting = _Sorting(path, folder, numbering or Numbering())
    for row in _read_rows(path):
        sorting.sort(row)
    if not (sorting.photos or sorting.ambiguous):
        raise PhotoError(f"{path} lists no photos: expected a student's number and a file in each line")
    return sorting.result()


class _Sorting:
    """A list's rows while they are sorted."""

    def __init__(self, path: Path, folder: Path, numbering: Numbering) -> None:
        self._path, self._folder, self._numbering = path, folder, numbering
        self._spelling = Spelling()
        self._names: dict[str, str] = {}
        self.photos: dict[str, list[Path]] = {}
        self.ignored: list[IgnoredFile] = []
        self.ambiguous: list[IgnoredFile] = []

    def sort(self, row: _Row) -> None:
        photo = _place(row, self._path, self._folder, self._spelling)
        numbers = self._numbering.resolve(normalize_number(row.number))
        if len(numbers) > 1:
            self.ambiguous.append(IgnoredFile(photo, explain_choice(numbers)))
        elif (fault := find_fault(numbers[0])) and not self._numbering.knows(numbers[0]):
            self.ambiguous.append(IgnoredFile(photo, f"line {row.line} of the list has no student number: {fault}"))
        else:
            self._names.setdefault(numbers[0], printable(row.name))
            self._add(row, photo, self.photos.setdefault(numbers[0], []))

    def _add(self, row: _Row, photo: Path, given: list[Path]) -> None:
        if not row.file:
            return  # Student systems also list who has no photo.
        if not photo.exists():
            self.ignored.append(IgnoredFile(photo, f"in line {row.line} of the list, but not there"))
        elif not is_photo(photo):
            self.ignored.append(IgnoredFile(photo, NOT_A_PHOTO))
        elif photo not in given:
            given.append(photo)

    def result(self) -> PhotoFolder:
        students = (StudentPhotos(n, self._names[n], tuple(self.photos[n])) for n in sorted(self.photos))
        return PhotoFolder(self._folder, tuple(students), tuple(self.ignored), tuple(self.ambiguous), ())


def _read_rows(path: Path) -> Iterator[_Row]:
    places = {"number": 0, "file": 1}
    is_first = True
    for line, cells in read_lines(path, "the list", "photos"):
        headings = [cell.casefold() for cell in cells]
        if is_first and {"number", "file"} <= set(headings):
            _require_single(headings, path)
            places = {heading: headings.index(heading) for heading in _HEADINGS if heading in headings}
        else:
            row = _row(path, line, cells, places)
            if is_first:
                _require_photo(row, path)
            yield row
        is_first = False


def _require_single(headings: list[str], path: Path) -> None:
    for heading in _HEADINGS:
        if headings.count(heading) > 1:
            raise PhotoError(f"the list {path} has two columns {heading}: leave one of them that heading")


def _require_photo(row: _Row, path: Path) -> None:
    """Headings of other words would be taken for a student, and so would files that stand before the numbers."""
    if Path(row.file).suffix.lower() not in PHOTO_SUFFIXES:
        named = f": {printable(row.file)}" if row.file else ""
        raise PhotoError(
            f"line {row.line} of the list {path} names no photo{named}; give the columns the headings number and file, "
            "or without headings write the number first and the file second"
        )


def _row(path: Path, line: int, cells: list[str], places: dict[str, int]) -> _Row:
    values = {heading: cells[place] if place < len(cells) else "" for heading, place in places.items()}
    if not values["number"]:
        raise PhotoError(f"line {line} of the list {path} lacks a student's number")
    return _Row(line, values["number"], values["file"], values.get("name", ""))


def _place(row: _Row, path: Path, folder: Path, spelling: Spelling) -> Path:
    """Where the row's file is. A list that leads out of the folder, or has a backslash of Windows, is told."""
    file = Path(row.file.replace("\\", "/"))
    is_inside = not (file.is_absolute() or ".." in file.parts)
    photo = folder
    try:
        if is_inside:
            photo = spelling.find(folder, file)
            # It takes a link that leads to itself for a file; Path.resolve raises RuntimeError.
            is_inside = Path(os.path.realpath(photo)).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):
        raise PhotoError(
            f"line {row.line} of the list {path} names a file that cannot be looked up: {printable(row.file)}"
        ) from None
    if not is_inside:
        raise PhotoError(
            f"line {row.line} of the list {path} names a file outside of {folder}: give the folder that holds all of "
            "them, and the files as they lie in it"
        )
    return photo
