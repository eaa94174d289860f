"""Files by names that are spelled in another way.

Lists come from Windows, which minds no case, and archives from macOS, which takes letters and their accents apart.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from pathlib import Path


class Spelling:
    """Finds files in folders, each of which is listed once."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, list[Path]]] = {}

    def find(self, folder: Path, file: Path) -> Path:
        """The relative path of ``file`` as it is in the folder: as written where that is there, else the only one that
        differs in case or form alone. Without such a one as it was written."""
        place = folder
        for part in file.parts:
            written = place / part
            alike = [written] if written.exists() else self._list(place).get(_fold(part), [])
            place = alike[0] if len(alike) == 1 else written
        return place

    def _list(self, folder: Path) -> dict[str, list[Path]]:
        if folder not in self._folders:
            listed: dict[str, list[Path]] = defaultdict(list)
            for entry in folder.iterdir() if folder.is_dir() else ():
                listed[_fold(entry.name)].append(entry)
            self._folders[folder] = listed
        return self._folders[folder]


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
