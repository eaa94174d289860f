"""The folder that is evaluated: a sub-folder for each person, with photos or clips of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recognizer.enrolment.photo_folder import PHOTO_SUFFIXES, list_visible, printable
from recognizer.errors import PhotoError

CLIP_SUFFIXES = frozenset({".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v"})

LEAST_PEOPLE = 4
"""Two to be enrolled and two strangers. A figure worth having takes dozens."""

_EXPECTED = "a folder with a sub-folder for each person"

LEAST_FILES = 2
"""With a face, of somebody to be enrolled: one gives the reference, another is searched for."""


@dataclass(frozen=True, slots=True)
class PersonFiles:
    """One person's photos and clips, by name."""

    name: str
    photos: tuple[Path, ...]
    clips: tuple[Path, ...]

    @property
    def count(self) -> int:
        return len(self.photos) + len(self.clips)


def read_people(folder: Path) -> tuple[PersonFiles, ...]:
    """Everybody in the folder, by name; hidden files and what is neither photo nor clip are passed over.

    Raises PhotoError where there is no such folder, or too few people in it have files enough.
    """
    folders = sorted(entry for entry in list_visible(folder, _EXPECTED) if entry.is_dir())
    people = tuple(person for entry in folders if (person := _read_person(entry)).count)
    if not people:
        raise PhotoError(f"{folder} holds nobody: expected a sub-folder for each person, with photos or clips of them")
    require_enough(folder, {person.name: person.count for person in people})
    return people


def require_enough(folder: Path, files: Mapping[str, int]) -> None:
    """Raise PhotoError, saying what to add, where fewer than LEAST_PEOPLE people have LEAST_FILES files of use.

    files: by person, how many are of use.
    """
    short = sorted(name for name, count in files.items() if count < LEAST_FILES)
    missing = LEAST_PEOPLE - (len(files) - len(short))
    if missing <= 0:
        return
    advice = f"add {missing} more {'person' if missing == 1 else 'people'}"
    if short:
        shown = ", ".join(map(printable, short[:5])) + (" …" if len(short) > 5 else "")
        advice += f", or photos of {shown}"
    raise PhotoError(
        f"{folder} has {len(files) - len(short)} of the {LEAST_PEOPLE} people needed, each with {LEAST_FILES} or more "
        f"photos or clips that show their face: {advice}"
    )


def _read_person(folder: Path) -> PersonFiles:
    files = sorted(path for path in list_visible(folder, _EXPECTED) if path.is_file())
    photos = tuple(path for path in files if path.suffix.lower() in PHOTO_SUFFIXES)
    return PersonFiles(folder.name, photos, tuple(path for path in files if path.suffix.lower() in CLIP_SUFFIXES))
