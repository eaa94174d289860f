"""What a lesson's teaching needs from outside: where samples are kept, and what the database says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from recognizer.domain.learning.keeping import LessonFacts
from recognizer.domain.learning.sample import LessonSample


class SampleStore(Protocol):
    """Where samples are kept."""

    def load(self) -> list[LessonSample]:
        """All that are kept; nothing before the first was saved. Raises GalleryError for what cannot be used."""

    def is_there(self) -> bool:
        """Whether something is kept, be it that it cannot be used. Raises GalleryError where that cannot be told."""

    def version(self) -> object:
        """Something that differs once others were saved; costs next to nothing. None where nothing is kept."""

    def save(self, samples: Sequence[LessonSample]) -> None:
        """Put these in place of those before, wholly or not at all. Raises GalleryError."""

    def forget(self) -> None:
        """Leave nothing behind. Raises GalleryError."""

    def held(self, on_wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Keep other writers out for a block; ``on_wait`` is called once if another must end first."""


class LessonRecords(Protocol):
    """What the portal's database says of the lessons that samples came from."""

    def facts(self, samples: Sequence[LessonSample], now: datetime) -> LessonFacts:
        """The facts of these samples. Raises RegisterUnavailable."""
