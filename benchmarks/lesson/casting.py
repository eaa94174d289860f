"""Casting: who of the people is a student of the lesson, and which photos are enrolled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.lesson.subjects import Subject
from recognizer.domain.following.detection import Encodings

STUDENTS, STRANGERS = 30, 15

MOST_MOMENTS, LEAST_MOMENTS = 10, 7
"""Photos of each that the lesson shows. Who has fewer, beside those enrolled, is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Attendee:
    """Somebody in the lesson. references: (r, 128) of a student, (0, 128) of a stranger. moments: (m, 128)."""

    name: str
    number: str | None
    references: Encodings
    moments: Encodings


def is_fit(subject: Subject, references: int) -> bool:
    """Whether they have photos enough to be a student."""
    return len(subject.encodings) >= references + LEAST_MOMENTS


def cast(
    subjects: Sequence[Subject], references: int, random: np.random.Generator, absent: float = 0.0
) -> list[Attendee]:
    """Two students for each stranger, 30 and 15 at the most, with so many references a student.

    absent: the share of the students who are enrolled and have no moment, since they do not come.

    Raises SystemExit where there are too few people with photos enough.
    """
    people = [subject for subject in subjects if is_fit(subject, references)]
    students = min(STUDENTS, round(len(people) * STUDENTS / (STUDENTS + STRANGERS)))
    strangers = min(STRANGERS, len(people) - students)
    if students < 2 or not strangers:
        raise SystemExit(
            f"{len(people)} people have {references + LEAST_MOMENTS} photos with a face or more, for {references} "
            f"references and {LEAST_MOMENTS} moments of a lesson: a lesson takes three such people or more"
        )
    chosen = [people[index] for index in random.permutation(len(people))[: students + strangers]]
    attendees = [
        _attend(subject, f"S{place:03}" if place < students else None, references if place < students else 0, random)
        for place, subject in enumerate(chosen)
    ]
    missing = round(absent * students)
    return [replace(one, moments=one.moments[:0]) for one in attendees[:missing]] + attendees[missing:]


def _attend(subject: Subject, number: str | None, references: int, random: np.random.Generator) -> Attendee:
    photos = subject.encodings[random.permutation(len(subject.encodings))]
    return Attendee(subject.name, number, photos[:references], photos[references:][:MOST_MOMENTS])
