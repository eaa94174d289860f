"""The folder of photos that an admin hands in: whose photo is which, told by names alone; no photo is opened here."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from recognizer.domain.register.numbers import find_fault, normalize_number
from recognizer.enrolment.numbering import Numbering
from recognizer.errors import PhotoError

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif"}
)
"""Of the usual photos. Which of them can be read is found when they are."""

_COUNTER = re.compile(r"(^|\s+)(\d{1,3}|\(\d{1,3}\))$")
"""What tells the files of one student apart: the " 2" of "S1001 Grace Hopper 2.jpg", the " (2)" of a copy."""

_EXPECTED = "the folder that holds the students' photos"
NOT_A_PHOTO = "not a photo (JPEG, PNG, WebP, AVIF, TIFF, BMP, GIF)"


@dataclass(frozen=True, slots=True)
class StudentPhotos:
    """All photos given for one student; ``name`` is "" where neither folder nor file says it."""

    number: str
    name: str
    photos: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class IgnoredFile:
    """Something in the folder that is nobody's photo, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """What a folder holds, students by number."""

    path: Path
    students: tuple[StudentPhotos, ...]
    ignored: tuple[IgnoredFile, ...]
    ambiguous: tuple[IgnoredFile, ...]
    """Those of whom nobody knows whose they are: the name fits the numbers of two students, or a list has none."""
    warnings: tuple[str, ...]

    @property
    def photo_count(self) -> int:
        return sum(len(student.photos) for student in self.students)

    def shown(self, path: Path) -> str:
        """A path in it as an admin reads it: relative, and safe to print."""
        return printable(str(path.relative_to(self.path)))


def read_photo_folder(path: Path, numbering: Numbering | None = None) -> PhotoFolder:
    """Sort the folder's photos by student.

    A student is a sub-folder, or one or more files, whose name is the student's number, or the number, a space and
    the student's name; files may end in a counter ("S1001 Grace Hopper 2.jpg"). ``numbering`` says whose number it is.
    Hidden files are passed over in silence, anything else that is no photo is named in ``ignored``. Raises PhotoError
    when there is no such folder or no student in it.
    """
    sorting = _Sorting(numbering or Numbering())
    for entry in list_visible(path, _EXPECTED):
        sorting.sort(entry)
    if not (sorting.photos or sorting.ambiguous):
        raise PhotoError(
            f"{path} holds no student's photos: expected a sub-folder or a photo for each, named by student number, "
            'such as "S1001 Grace Hopper"'
        )
    return sorting.result(path)


class _Sorting:
    """A folder's entries while they are sorted."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._names: dict[str, dict[str, None]] = {}
        self.photos: dict[str, list[Path]] = {}
        self.ignored: list[IgnoredFile] = []
        self.ambiguous: list[IgnoredFile] = []

    def sort(self, entry: Path) -> None:
        is_folder = entry.is_dir()
        if not is_folder and not is_photo(entry):
            self.ignored.append(IgnoredFile(entry, NOT_A_PHOTO))
            return
        written, name = read_label(entry.name if is_folder else entry.stem, is_file=not is_folder)
        numbers = self._numbering.resolve(written, is_file=not is_folder)
        if len(numbers) > 1:
            self.ambiguous.append(IgnoredFile(entry, explain_choice(numbers)))
        elif (fault := find_fault(numbers[0])) and not self._numbering.knows(numbers[0]):
            self.ignored.append(IgnoredFile(entry, f"its name does not begin with a student number: {fault}"))
        else:
            self._add(entry, numbers[0], name)

    def _add(self, entry: Path, number: str, name: str) -> None:
        self._names.setdefault(number, {}).update({name: None} if name else {})
        found = list_visible(entry, _EXPECTED) if entry.is_dir() else [entry]
        self.photos.setdefault(number, []).extend(photo for photo in found if is_photo(photo))
        self.ignored.extend(_explain(photo) for photo in found if not is_photo(photo))

    def result(self, path: Path) -> PhotoFolder:
        names = self._names
        return PhotoFolder(
            path,
            tuple(StudentPhotos(n, next(iter(names[n]), ""), tuple(self.photos[n])) for n in sorted(self.photos)),
            tuple(self.ignored),
            tuple(self.ambiguous),
            tuple(_warn(number, list(names[number])) for number in sorted(names) if len(names[number]) > 1),
        )


def read_label(label: str, *, is_file: bool) -> tuple[str, str]:
    """What stands for the number in a folder's or file's name, up to the first white space, and the student's name.

    Either may be "". Names are in Unicode's composed form.
    """
    number, *words = normalize_number(_decode(label)).split() or [""]
    name = " ".join(words)
    return number, printable(_COUNTER.sub("", name) if is_file else name)


def printable(text: str) -> str:
    """The text with whatever could confuse a terminal or cannot be encoded replaced by "�"; of a file's name also in an
    old locale the letters."""
    return "".join(c if c.isprintable() else "�" for c in _decode(text))


def _decode(name: str) -> str:
    """The name as it is in UTF-8, also where the locale is an old one and says otherwise."""
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeError:
        return name


def list_visible(folder: Path, expected: str) -> list[Path]:
    """What is in the folder, hidden files apart, "2.jpg" before "10.jpg".

    expected: which folder it should be, for the error. Raises PhotoError.
    """
    try:
        return sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=_natural)
    except NotADirectoryError:
        raise PhotoError(f"{folder} is a file: expected {expected}") from None
    except FileNotFoundError:
        raise PhotoError(f"there is no folder {folder}: expected {expected}") from None
    except OSError as error:
        raise PhotoError(f"{folder} cannot be read ({error.strerror}): run this as a user who may") from None


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    parts = re.split(r"([0-9]+)", path.name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts], path.name


def is_photo(path: Path) -> bool:
    """Whether it is a file with the name of a photo."""
    return path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()


def _explain(path: Path) -> IgnoredFile:
    return IgnoredFile(path, "a folder within a student's folder" if path.is_dir() else NOT_A_PHOTO)


def explain_choice(numbers: tuple[str, ...]) -> str:
    """Why a name that fits several students' numbers is nobody's."""
    fitting = " and ".join(numbers)
    return f"its name fits the numbers of two students, {fitting}: change one of the numbers in the portal"


def _warn(number: str, names: list[str]) -> str:
    listed = '" and "'.join(names)
    return f'{number} goes by different names, "{listed}": check that all are photos of one student'
