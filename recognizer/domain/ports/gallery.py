"""Where the gallery is kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from recognizer.domain.naming.gallery import Gallery


class GalleryStore(Protocol):
    """Where the gallery is kept."""

    def load(self) -> Gallery:
        """The enrolled gallery; an empty one before the first was saved. Raises GalleryError."""

    def version(self) -> object:
        """Something that differs once another gallery was saved; costs next to nothing."""

    def changed_at(self) -> datetime | None:
        """Since when the gallery is this one, naive UTC by this machine's clock; None before the first was saved."""

    def save(self, gallery: Gallery) -> None:
        """Put the gallery in place of the one before, wholly or not at all. Raises GalleryError."""

    def held(self, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Keep other writers out for a block; ``on_wait`` is called once if another must end first."""
