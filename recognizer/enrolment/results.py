"""What became of the photos of an encode, student by student."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recognizer.domain.naming.gallery import Gallery


@dataclass(frozen=True, slots=True)
class Accepted:
    """A photo that is a reference.

    is_new: unless an earlier encode had made it one. is_renewed: it was one of an earlier release, which encoded photos
    without their mirror images, and was encoded anew.
    """

    photo: Path
    is_new: bool
    is_renewed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A photo that is no reference. ``reason``: no face, several faces, too small, unlike the others, unreadable, …"""

    photo: Path
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StudentResult:
    """What became of one student's photos; ``references`` counts all the gallery now has of the student."""

    number: str
    name: str
    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]
    references: int


@dataclass(frozen=True, slots=True)
class EnrolmentResult:
    """The gallery after an encode, and what is to be said about it. Interrupted, it holds what was done till then."""

    gallery: Gallery
    students: tuple[StudentResult, ...]
    warnings: tuple[str, ...]
    is_interrupted: bool

    @property
    def new_references(self) -> int:
        return sum(photo.is_new for student in self.students for photo in student.accepted)

    @property
    def renewed_references(self) -> int:
        return sum(photo.is_renewed for student in self.students for photo in student.accepted)

    @property
    def without_good_photo(self) -> tuple[str, ...]:
        """Numbers of the students of whom no photo was accepted."""
        return tuple(student.number for student in self.students if not student.accepted)
