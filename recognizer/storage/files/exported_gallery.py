"""A gallery on its way to another machine: a file like the gallery's own, whose errors tell how to get a good one."""

from __future__ import annotations

import os
from pathlib import Path

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import GalleryError, RecognizerError
from recognizer.storage.files.gallery_file import load_gallery, save_gallery
from recognizer.storage.files.gallery_key import load_key

_EXPORT_AGAIN = "export it again with `recognizer gallery export`"


class ExportedGalleryFile:
    """The file, and the settings of the gallery that it comes from, of which the key signs it."""

    def __init__(self, path: Path, settings: GalleryConfig) -> None:
        self._path = path
        self._settings = settings

    def save(self, gallery: Gallery) -> None:
        """Write it into a new file, mode 0600. Raises RecognizerError where something has that name, or no folder is
        there; a typing error, or a stick that is not mounted, would else leave faces where nobody looks."""
        if os.path.lexists(self._path):
            raise RecognizerError(f"{self._path} is there already: name a new file, or delete that one first")
        if not self._path.parent.is_dir():
            raise RecognizerError(f"there is no folder {self._path.parent}: name a file in a folder that is there")
        save_gallery(self._path, gallery, load_key(self._settings))

    def load(self) -> Gallery:
        """The gallery in the file, of one student at least. Raises GalleryError."""
        try:
            self._path.stat()
        except FileNotFoundError:
            raise GalleryError(
                f"{self._path} is not there; name a file that `recognizer gallery export` wrote"
            ) from None
        except OSError as error:
            raise GalleryError(f"{self._path} cannot be read ({error.strerror}): name a file that can") from None
        if self._settings.key is None and not self._settings.key_file.exists():
            raise GalleryError(
                f"there is no key {self._settings.key_file}: copy the key of the machine that wrote "
                f"{self._path} here, and name the copy with --key-file"
            )
        gallery = load_gallery(
            self._path, load_key(self._settings), f"{_EXPORT_AGAIN}, and name its key with --key-file"
        )
        if not gallery.students:
            raise GalleryError(f"nobody is enrolled in {self._path}: {_EXPORT_AGAIN} where somebody is")
        return gallery
