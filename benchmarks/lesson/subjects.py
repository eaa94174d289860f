"""The people of the lessons: real encodings of their photos."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.classroom.people import Person
from recognizer.bootstrap.evaluation import build_face_reader
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Encodings
from recognizer.evaluation.people import PersonFiles


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Somebody, and (photos, 128) encodings, one of each of their photos that shows a face."""

    name: str
    encodings: Encodings


def read_subjects(people: Sequence[Person], advance: Callable[[], None]) -> list[Subject]:
    """Everybody of whom a photo shows a face, by name; ``advance`` is called after each person."""
    reader = build_face_reader(Config())
    subjects = []
    for person in people:
        photos = {hashlib.sha256(path.read_bytes()).digest(): path for path in reversed(person.photos)}
        found = reader.collect([PersonFiles(person.name, tuple(sorted(photos.values())), ())], lambda _: None)
        if found.faces:
            subjects.append(Subject(person.name, found.population().encodings))
        advance()
    return subjects
