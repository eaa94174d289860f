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
    columns are these. A student may have several lines. A file that is not there or is no photo is named in
    ``ignored``; its student stays in the result, maybe without a photo. Raises PhotoError where the list cannot be
    read, names no file, or a file outside of the folder.
    """
    if not folder.is_dir():
        raise PhotoError(f"there is no folder {folder}: expected the one in which the photos of the list lie")
    numbering = numbering or Numbering()
    photos: dict[str, list[Path]] = {}
    names: dict[str, str] = {}
    ignored, ambiguous = [], []
    for row in _read_rows(path):
        photo = _place(row, path, folder)
        numbers = numbering.resolve(normalize_number(row.number))
        if len(numbers) > 1:
            ambiguous.append(IgnoredFile(photo, explain_choice(numbers)))
        elif (fault := find_fault(numbers[0])) and not numbering.knows(numbers[0]):
            ignored.append(IgnoredFile(photo, f"line {row.line} of the list has no student number: {fault}"))
        else:
            given = photos.setdefault(numbers[0], [])
            names.setdefault(numbers[0], printable(row.name))
            if not photo.exists():
                ignored.append(IgnoredFile(photo, f"in line {row.line} of the list, but not there"))
            elif not is_photo(photo):
                ignored.append(IgnoredFile(photo, NOT_A_PHOTO))
            elif photo not in given:
                given.append(photo)
    if not (photos or ambiguous or ignored):
        raise PhotoError(f"{path} lists no photos: expected a student's number and a file in each line")
    students = tuple(StudentPhotos(number, names[number], tuple(photos[number])) for number in sorted(photos))
    return PhotoFolder(folder, students, tuple(ignored), tuple(ambiguous), ())


def _read_rows(path: Path) -> Iterator[_Row]:
    places = {"number": 0, "file": 1}
    is_first = True
    for line, cells in read_lines(path, "the list", "photos"):
        headings = [cell.casefold() for cell in cells]
        if is_first and {"number", "file"} <= set(headings):
            places = {heading: headings.index(heading) for heading in _HEADINGS if heading in headings}
        else:
            row = _row(path, line, cells, places)
            if is_first:
                _require_photo(row, path)
            yield row
        is_first = False


def _require_photo(row: _Row, path: Path) -> None:
    """Headings of other words would be taken for a student, and so would files that stand before the numbers."""
    if Path(row.file).suffix.lower() not in PHOTO_SUFFIXES:
        raise PhotoError(
            f"line {row.line} of the list {path} names no photo: {printable(row.file)}; give the columns the headings "
            "number and file, or without headings write the number first and the file second"
        )


def _row(path: Path, line: int, cells: list[str], places: dict[str, int]) -> _Row:
    values = {heading: cells[place] if place < len(cells) else "" for heading, place in places.items()}
    if not (values["number"] and values["file"]):
        raise PhotoError(f"line {line} of the list {path} lacks a student's number or a file")
    return _Row(line, values["number"], values["file"], values.get("name", ""))


def _place(row: _Row, path: Path, folder: Path) -> Path:
    """Where the row's file is. A list that leads out of the folder, or has a backslash of Windows, is told."""
    file = Path(row.file.replace("\\", "/"))
    photo = folder / file
    try:
        # It takes a link that leads to itself for a file; Path.resolve raises RuntimeError.
        is_inside = Path(os.path.realpath(photo)).is_relative_to(os.path.realpath(folder))
        photo.exists()
    except (OSError, ValueError):
        raise PhotoError(
            f"line {row.line} of the list {path} names a file that cannot be looked up: {printable(row.file)}"
        ) from None
    if not is_inside or ".." in file.parts:
        raise PhotoError(
            f"line {row.line} of the list {path} names a file outside of {folder}: give the folder that holds all of "
            "them, and the files as they lie in it"
        )
    return photo
