"""How a track of the evaluation is answered: by what the recognizer itself runs with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from recognizer.domain.detection import Encodings
from recognizer.domain.gallery import Gallery
from recognizer.domain.identification import identify


class Answers(Protocol):
    """The answers of a recognizer that has one gallery."""

    def tolerance(self, encodings: int) -> float:
        """The largest distance at which the mean of so many encodings is given a name."""

    def names(self, track: Encodings) -> list[str | None]:
        """The student named after the track's first encoding, after its second, …; None where nobody is."""


AnswersFor = Callable[[Gallery], Answers]
"""The answers for a gallery."""


@dataclass(frozen=True, slots=True)
class FixedAnswers:
    """With one tolerance for all."""

    gallery: Gallery
    distance: float

    def tolerance(self, encodings: int) -> float:
        return self.distance

    def names(self, track: Encodings) -> list[str | None]:
        means = (track[:count].mean(axis=0) for count in range(1, len(track) + 1))
        return [identify(mean, self.gallery, self.distance).number for mean in means]
