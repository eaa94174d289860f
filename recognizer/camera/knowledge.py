"""What a camera's process names by: who is enrolled, who is expected, and what lessons taught."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from recognizer.camera.orders import Know, Subject
from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.register.attendance import ClassSession
from recognizer.errors import GalleryError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """Where one subject is known from."""

    def load(self) -> T_co:
        """What is known now. Raises GalleryError for what cannot be used."""

    def version(self) -> object:
        """Something that differs once something else is known; costs next to nothing."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """samples: None where lessons may not teach."""

    gallery: Source[Gallery]
    sessions: Source[Sequence[ClassSession]]
    samples: Source[Sequence[LessonSample]] | None

    @property
    def by_subject(self) -> dict[Subject, Source[object]]:
        """Each subject of which something may be known."""
        sources: dict[Subject, Source[object]] = {"gallery": self.gallery, "sessions": self.sessions}
        return sources if self.samples is None else sources | {"samples": self.samples}


@dataclass(frozen=True, slots=True)
class Unusable:
    """Takes the place of what is there and cannot be used."""

    reason: str


class Told(Generic[T]):
    """A source in a camera's process: the last that the parent told of a subject."""

    def __init__(self) -> None:
        self._is_told = threading.Event()
        self._content: T | Unusable
        self._version = 0

    def tell(self, content: T | Unusable) -> None:
        """From now on this is known."""
        self._content = content
        self._version += 1
        self._is_told.set()

    def load(self) -> T:
        """See ``Source.load``; waits until the parent has told it for the first time."""
        self._is_told.wait()
        if isinstance(self._content, Unusable):
            raise GalleryError(self._content.reason)
        return self._content

    def version(self) -> object:
        """See ``Source.version``."""
        self._is_told.wait()
        return self._version


@dataclass(frozen=True, slots=True)
class ToldKnowledge:
    """All that the parent tells a camera's process; ``take`` is given each order that it has for it."""

    gallery: Told[Gallery] = field(default_factory=Told)
    sessions: Told[Sequence[ClassSession]] = field(default_factory=Told)
    samples: Told[Sequence[LessonSample]] = field(default_factory=Told)

    def take(self, order: Know) -> None:
        """Know it from now on. Raises OSError."""
        told: dict[Subject, Told[Any]] = {"gallery": self.gallery, "sessions": self.sessions, "samples": self.samples}
        try:
            told[order.subject].tell(order.read())
        finally:
            order.close()

    def as_knowledge(self, *, with_samples: bool) -> Knowledge:
        """To name by."""
        return Knowledge(self.gallery, self.sessions, self.samples if with_samples else None)
