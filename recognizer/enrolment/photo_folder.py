"""The folder of photos that an admin hands in: whose photo is which, told by names alone; no photo is opened here."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from recognizer.errors import PhotoError

LONGEST_NUMBER = 32
"""Characters; of student.number in the database."""

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})

_COUNTER = re.compile(r"(^|\s+)(\d{1,3}|\(\d{1,3}\))$")
"""What tells the files of one student apart: the " 2" of "S1001 Grace Hopper 2.jpg", the " (2)" of a copy."""

_NOT_A_NUMBER = f"its name does not begin with a student number (1 to {LONGEST_NUMBER} characters without a space)"
_NOT_A_PHOTO = "not a JPEG, PNG or WebP file"


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
    warnings: tuple[str, ...]

    @property
    def photo_count(self) -> int:
        return sum(len(student.photos) for student in self.students)

    def shown(self, path: Path) -> str:
        """A path in it as an admin reads it: relative, and safe to print."""
        return printable(str(path.relative_to(self.path)))


def read_photo_folder(path: Path) -> PhotoFolder:
    """Sort the folder's photos by student.

    A student is a sub-folder, or one or more files, whose name is the student's number, or the number, a space and
    the student's name; files may end in a counter ("S1001 Grace Hopper 2.jpg"). Names are compared in Unicode's
    composed form. Hidden files are passed over in silence, anything else that is no photo is named in ``ignored``.
    Raises PhotoError when there is no such folder or no student in it.
    """
    photos: dict[str, list[Path]] = {}
    names: dict[str, dict[str, None]] = {}
    ignored: list[IgnoredFile] = []
    for entry in _visible(path):
        is_folder = entry.is_dir()
        label = read_label(entry.name if is_folder else entry.stem, is_file=not is_folder)
        if not is_folder and not _is_photo(entry):
            ignored.append(IgnoredFile(entry, _NOT_A_PHOTO))
        elif label is None:
            ignored.append(IgnoredFile(entry, _NOT_A_NUMBER))
        else:
            number, name = label
            names.setdefault(number, {}).update({name: None} if name else {})
            found = _visible(entry) if is_folder else [entry]
            photos.setdefault(number, []).extend(photo for photo in found if _is_photo(photo))
            ignored.extend(_explain(photo) for photo in found if not _is_photo(photo))
    if not photos:
        raise PhotoError(
            f"{path} holds no student's photos: expected a sub-folder or a photo for each, named by student number, "
            'such as "S1001 Grace Hopper"'
        )
    students = (StudentPhotos(number, next(iter(names[number]), ""), tuple(photos[number])) for number in photos)
    return PhotoFolder(
        path,
        tuple(sorted(students, key=lambda student: student.number)),
        tuple(ignored),
        tuple(_warn(number, list(names[number])) for number in sorted(names) if len(names[number]) > 1),
    )


def read_label(label: str, *, is_file: bool) -> tuple[str, str] | None:
    """The number and the name ("" without one) that a folder's or file's name says; None where it says no number.

    A number is 1 to 32 printable characters, begins with a letter or digit and ends before the first white space.
    """
    number, _, name = unicodedata.normalize("NFC", label).strip().replace("\t", " ").partition(" ")
    if not number or len(number) > LONGEST_NUMBER or not number[0].isalnum() or not number.isprintable():
        return None
    name = name.strip()
    return number, printable(_COUNTER.sub("", name) if is_file else name)


def printable(text: str) -> str:
    """The text with whatever could confuse a terminal or cannot be encoded replaced by "�"."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _visible(folder: Path) -> list[Path]:
    try:
        return sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=_natural)
    except NotADirectoryError:
        raise PhotoError(f"{folder} is a file: expected the folder that holds the students' photos") from None
    except FileNotFoundError:
        raise PhotoError(f"there is no folder {folder}: expected the one that holds the students' photos") from None
    except OSError as error:
        raise PhotoError(f"{folder} cannot be read ({error.strerror}): run this as a user who may") from None


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts "2.jpg" before "10.jpg"."""
    parts = re.split(r"([0-9]+)", path.name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts], path.name


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()


def _explain(path: Path) -> IgnoredFile:
    return IgnoredFile(path, "a folder within a student's folder" if path.is_dir() else _NOT_A_PHOTO)


def _warn(number: str, names: list[str]) -> str:
    listed = '" and "'.join(names)
    return f'{number} goes by different names, "{listed}": check that all are photos of one student'
