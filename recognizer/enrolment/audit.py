"""An audit of students' photos: who is likely to be missed in class, and which photos would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from recognizer.domain.following.detection import Encodings, Image
from recognizer.domain.naming.impostors import measure_impostors
from recognizer.enrolment.results import EnrolmentResult, Refused, StudentResult

Finding = Literal[
    "no good photo", "one photo only", "photos unlike each other", "two photos only", "old greyscale", "covered", "good"
]
"""The worst first."""

Missed = Literal["always", "often", "sometimes", "seldom"]
"""How likely a student is to be missed: of the tracks of five moments all, a quarter, up to a fourteenth, a hundredth
(docs/recognition.md, "What an audit's words are worth")."""

FINDINGS: dict[Finding, tuple[Missed, str]] = {
    "no good photo": ("always", "take a photo from the front, in good light, with nothing before the face"),
    "one photo only": ("often", "add two photos of other days"),
    "photos unlike each other": ("sometimes", "see that all are of this student, and add a recent one"),
    "two photos only": ("sometimes", "add a photo of another day"),
    "old greyscale": ("seldom", "add a recent photo in colour"),
    "covered": ("seldom", "replace photos with a mask or dark glasses"),
    "good": ("seldom", ""),
}
"""What each means for the student, and what the office can do about it."""

ENOUGH_PHOTOS = 3

UNLIKE = 1.5
"""Photos of one student that scatter this many times as much as everybody's do are unlike each other. Students with
three press photos that do were missed in 12 % of the tracks of five moments, others with three in 1 %."""

GREY = 4.0
"""Mean difference between a pixel's strongest and weakest colour, of 255, below which a face has no colour."""


@dataclass(frozen=True, slots=True)
class StudentAudit:
    """One student's findings, the worst first; ("good",) where there are none. refused: the photos that count for
    nothing, each with its reason."""

    number: str
    name: str
    photos: int
    findings: tuple[Finding, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def missed(self) -> Missed:
        return FINDINGS[self.findings[0]][0]


def audit(result: EnrolmentResult, read_face: Callable[[Path], Image]) -> list[StudentAudit]:
    """What the photos of an encode into an empty gallery are worth, student by student, the worst first.

    read_face: the picture inside the box of a photo's face; what is around it may be the paper of a scan.
    """
    usual = measure_impostors(result.gallery).within
    order = list(FINDINGS)
    audits = []
    for student in result.students:
        references = result.gallery.only([student.number]).encodings
        found = sorted(set(_find(student, references, usual, read_face)), key=order.index)
        audits.append(
            StudentAudit(
                student.number, student.name, len(student.accepted), tuple(found) or ("good",), student.refused
            )
        )
    return sorted(audits, key=lambda one: (order.index(one.findings[0]), one.number))


def _find(
    student: StudentResult, references: Encodings, usual: float, read_face: Callable[[Path], Image]
) -> Iterator[Finding]:
    if not student.accepted:
        yield "no good photo"
    if len(student.accepted) == 1:
        yield "one photo only"
    if len(student.accepted) == ENOUGH_PHOTOS - 1:
        yield "two photos only"
    reasons = {photo.reason for photo in student.refused}
    if "unlike the others" in reasons or (len(references) > 1 and _scatter(references) > UNLIKE * usual):
        yield "photos unlike each other"
    if "face covered" in reasons:
        yield "covered"
    if student.accepted and all(_is_grey(read_face(photo.photo)) for photo in student.accepted):
        yield "old greyscale"


def _scatter(references: Encodings) -> float:
    """The mean squared distance from their mean, as if it were known (divided by one less than their number)."""
    return float(((references - references.mean(axis=0)) ** 2).sum() / (len(references) - 1))


def _is_grey(face: Image) -> bool:
    return bool(np.mean(face.max(axis=2).astype(int) - face.min(axis=2)) < GREY)
