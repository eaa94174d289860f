"""A gallery on its way to another machine: a file like the gallery's own, whose errors tell how to get a good one."""

from __future__ import annotations

import os
from pathlib import Path

from recognizer.config.configuration import GalleryConfig
from recognizer.domain.naming.gallery import Gallery
from recognizer.errors import GalleryError, RecognizerError
from recognizer.storage.files.gallery_file import load_gallery, save_gallery
from recognizer.storage.files.gallery_key import load_keys

_EXPORT_AGAIN = (
    "export it again with `recognizer gallery export FILE --to KEY`, where KEY is what `recognizer keys` shows here, "
    "and name the machine that exports with --from"
)


class ExportedGalleryFile:
    """The file, and the settings of this machine's gallery, whose key seals or opens it."""

    def __init__(self, path: Path, settings: GalleryConfig) -> None:
        self._path = path
        self._settings = settings

    def save(self, gallery: Gallery, send_to: str) -> None:
        """Write it into a new file, mode 0600, for the machine of that public key; "" for machines with this one's key.

        Raises RecognizerError where something has that name, or no folder is there; a typing error, or a stick that is
        not mounted, would else leave faces where nobody looks.
        """
        if os.path.lexists(self._path):
            raise RecognizerError(f"{self._path} is there already: name a new file, or delete that one first")
        if not self._path.parent.is_dir():
            raise RecognizerError(f"there is no folder {self._path.parent}: name a file in a folder that is there")
        save_gallery(self._path, gallery, load_keys(self._settings), send_to=send_to)

    def load(self, sent_by: str) -> Gallery:
        """The gallery in the file, of one student at least. sent_by: the public key of the machine that wrote it; ""
        where it has this one's key. Raises GalleryError."""
        try:
            self._path.stat()
        except FileNotFoundError:
            raise GalleryError(
                f"{self._path} is not there; name a file that `recognizer gallery export` wrote"
            ) from None
        except OSError as error:
            raise GalleryError(f"{self._path} cannot be read ({error.strerror}): name a file that can") from None
        if self._settings.key is None and self._settings.credential is None and not self._settings.key_file.exists():
            raise GalleryError(f"this machine has no key yet, for which {self._path} could be: {_EXPORT_AGAIN}")
        gallery = load_gallery(self._path, load_keys(self._settings), _EXPORT_AGAIN, sent_by=sent_by)
        if not gallery.students:
            raise GalleryError(f"nobody is enrolled in {self._path}: {_EXPORT_AGAIN} where somebody is")
        return gallery
