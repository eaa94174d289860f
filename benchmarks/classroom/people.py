"""People in folders of portraits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}

MEDIA_VARIABLE = "ROLLCALL_MEDIA_DIR"
MEDIA_FOLDERS = ("faces", "faces_tight")
"""Those of the media folder that hold portraits by person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, and every picture of them, in the order of their paths."""

    name: str
    photos: tuple[Path, ...]


def portrait_folders(given: Sequence[Path], environ: Mapping[str, str]) -> list[Path]:
    """The folders given, else those in ROLLCALL_MEDIA_DIR. Raises SystemExit that says what to give."""
    media = Path(environ[MEDIA_VARIABLE]) if environ.get(MEDIA_VARIABLE) else None
    folders = list(given) or [media / name for name in MEDIA_FOLDERS if media and (media / name).is_dir()]
    if not folders and media is not None:
        folders = [media]
    for folder in folders:
        if not folder.is_dir():
            raise SystemExit(f"{folder} is not a folder: give one that holds portraits with --portraits")
    if not folders:
        raise SystemExit(
            "No portraits: give a folder with --portraits (one sub-folder for each person with their photos, or one "
            f"photo for each person; several folders may be given), or set {MEDIA_VARIABLE}. Rollcall holds no faces."
        )
    return folders


def find_people(folders: Iterable[Path]) -> list[Person]:
    """Everybody in the folders, by name: a sub-folder is a person, and so is a picture that lies in no sub-folder.

    People of the same name are one.
    """
    photos: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        for entry in sorted(folder.iterdir()):
            if entry.is_dir():
                photos[entry.name] += sorted(path for path in entry.rglob("*") if _is_picture(path))
            elif _is_picture(entry):
                photos[entry.stem].append(entry)
    return [Person(name, tuple(paths)) for name, paths in sorted(photos.items()) if paths]


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")
