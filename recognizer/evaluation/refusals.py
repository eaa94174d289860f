"""Which of the people's photos `recognizer encode` would refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from recognizer.domain.following.detection import Encoding
from recognizer.enrolment.face_search import UnfitPhoto
from recognizer.errors import PhotoError
from recognizer.evaluation.people import PersonFiles

Verdict = tuple[int, str]
"""Whose photo it is (index into the people), and why it is refused; "" where it is accepted."""


def judge_photos(
    people: Sequence[PersonFiles], encode: Callable[[Path], Encoding], advance: Callable[[str], None]
) -> list[Verdict]:
    """A verdict on every photo that can be read.

    encode: raises PhotoError where a photo cannot be read, and UnfitPhoto with the reason where it is refused.
    ``advance`` is called after each photo with the person's name.
    """
    verdicts: list[Verdict] = []
    for index, person in enumerate(people):
        for photo in person.photos:
            try:
                encode(photo)
                verdicts.append((index, ""))
            except UnfitPhoto as unfit:
                verdicts.append((index, str(unfit)))
            except PhotoError:
                pass  # The evaluation's own reading tells it.
            advance(person.name)
    return verdicts
