"""The gallery's file, and the tolerances for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from recognizer.config.configuration import Config
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.domain.naming.tolerance import Tolerances
from recognizer.domain.ports.gallery import GalleryStore
from recognizer.storage.files.exported_gallery import ExportedGalleryFile
from recognizer.storage.files.gallery_file import SignedGalleryFile


def build_gallery_store(config: Config) -> GalleryStore:
    """The sealed file of the configuration."""
    return SignedGalleryFile(config.gallery)


def build_exported_gallery(config: Config, file: Path) -> ExportedGalleryFile:
    """A gallery in another file, which the configuration's key seals or opens."""
    return ExportedGalleryFile(file, config.gallery)


def build_tolerances(config: Config) -> Callable[[Gallery], Tolerances]:
    """Chooses the tolerances for a gallery as configured."""
    settings = config.recognition
    return partial(choose_tolerances, settings.tolerance, strangers_named=settings.strangers_named)
