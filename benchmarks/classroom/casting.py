"""Casting: who of the people is enrolled, who is a stranger, and in which picture each is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.classroom.people import Person
from benchmarks.classroom.portrait import Portrait, PortraitReader
from recognizer.bootstrap.enrolment import build_enrolment
from recognizer.config.configuration import Config
from recognizer.domain.following.detection import Image
from recognizer.enrolment.enrolment import Enrolment
from recognizer.enrolment.face_search import UnfitPhoto

MOST_REFERENCES = 5
MOST_SHOWN = 5
MOST_PHOTOS = 14
"""Of one person are looked at; the seed chooses which."""

LARGEST_TURN = 0.12
"""Of the face in the picture that is shown: the clip turns it, so it must begin nearly straight."""


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Somebody in the clip. A student has a number and pictures to enrol (RGB); a stranger neither.

    shown: the pictures that the clip shows in turn. A face is not the same from minute to minute, and a track that
    saw but one picture of it would learn nothing from more frames. references: those of the pictures shown that the
    product would enrol; other_references: pictures that the clip does not show, maybe none.
    """

    name: str
    number: str | None
    references: tuple[Image, ...]
    other_references: tuple[Image, ...]
    shown: tuple[Portrait, ...]


def cast(
    people: Sequence[Person], students: int, strangers: int, seed: int, on_actor: Callable[[], None] = lambda: None
) -> list[Actor]:
    """So many students, then so many strangers; the seed chooses among the people.

    Raises SystemExit when there are too few.
    """
    agency = _Agency(np.random.default_rng(seed))
    order = [people[index] for index in np.random.default_rng(seed).permutation(len(people))]
    actors: list[Actor] = []
    unfit: list[str] = []
    for person in order:
        if len(actors) == students + strangers:
            return actors
        number = f"S{len(actors) + 1:03d}" if len(actors) < students else None
        actor = agency.engage(person, number)
        if actor is None:
            unfit.append(person.name)
            continue
        actors.append(actor)
        on_actor()
    if len(actors) < students + strangers:
        raise SystemExit(_shortage(len(people), unfit, students, strangers))
    return actors


def _shortage(people: int, unfit: Sequence[str], students: int, strangers: int) -> str:
    reason = ""
    if unfit:
        shown = ", ".join(unfit[:5]) + (", …" if len(unfit) > 5 else "")
        reason = f"; {len(unfit)} have no photo of a face that looks straight into the camera ({shown})"
    return (
        f"{students} students and {strangers} strangers are {students + strangers} people, but the folders hold "
        f"{people}{reason}. Add portraits, or ask for fewer with --students and --strangers."
    )


class _Agency:
    """Looks at people's photos, and takes as references those that the product itself would enrol."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._reader = PortraitReader()
        self._pictures: dict[Path, Image] = {}
        self._enrolment: Enrolment = replace(build_enrolment(Config()), read_photo=self._pictures.__getitem__)

    def engage(self, person: Person, number: str | None) -> Actor | None:
        chosen = [person.photos[index] for index in self._rng.permutation(len(person.photos))[:MOST_PHOTOS]]
        portraits = {path: portrait for path in _distinct(chosen) if (portrait := self._reader.read(path)) is not None}
        straight = [path for path, portrait in portraits.items() if abs(portrait.turn) <= LARGEST_TURN]
        if not straight:
            return None
        # The first that the seed gave, not the best: portraits differ, and so do cameras' pictures.
        shown = {path: portraits[path] for path in straight[:MOST_SHOWN]}
        if number is None:
            return Actor(person.name, None, (), (), tuple(shown.values()))
        references = self._references(shown)
        others = self._references({path: portraits[path] for path in portraits if path not in shown})
        return Actor(person.name, number, references, others, tuple(shown.values())) if references else None

    def _references(self, portraits: dict[Path, Portrait]) -> tuple[Image, ...]:
        accepted: list[Image] = []
        for path, portrait in portraits.items():
            self._pictures[path] = portrait.picture
            try:
                self._enrolment.encode(path)
            except UnfitPhoto:
                continue
            accepted.append(portrait.picture)
            if len(accepted) == MOST_REFERENCES:
                break
        self._pictures.clear()
        return tuple(accepted)


def _distinct(paths: Sequence[Path]) -> list[Path]:
    """Without those that are another's copy."""
    return list({hashlib.sha256(path.read_bytes()).hexdigest(): path for path in reversed(paths)}.values())[::-1]
