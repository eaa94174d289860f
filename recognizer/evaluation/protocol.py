"""The experiment: people split into students and strangers, again and again, and searched for as a camera does.

One trial enrols a random half of the people who have files enough, or a given number of them, each with so many
reference photos. Everybody else is a stranger. What gave no reference makes tracks, of up to nine faces of one person,
which are searched for after their first face, their second and so on, by the mean of the faces so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Encodings
from recognizer.domain.naming.candidate import Probe
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.tolerance import Tolerances

LONGEST_TRACK = 9
"""Faces of a track: a lesson gives as many moments of one student."""

MOST_TRACKS = 10
"""Of one person in one trial, so that who has many photos does not outweigh the others."""

LEAST_STRANGERS = 0.2
"""For every student at least so many strangers: fewer tell little of them."""

NOBODY = -1

_NO_HASH = "0" * 64


class Population:
    """Everybody's encoded faces. encodings: (n, 128); person: whose each is (0 … people − 1); source: from which file.

    Faces from one file, a clip, are never on both sides of a comparison.
    """

    def __init__(self, encodings: Encodings, person: NDArray[np.int64], source: NDArray[np.int64], people: int) -> None:
        self.encodings = encodings
        self.person = person
        self.source = source
        self.people = people
        self.rows = [np.flatnonzero(person == one) for one in range(people)]
        self.files = np.array([len(np.unique(source[rows])) for rows in self.rows], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """All searches with so many reference photos a student, over all trials; a row for each track.

    person: whose track it is; is_student: whether they were enrolled; faces: (n, 9) rows of the population, −1 past the
    track's end. By the number of faces averaged, one to nine, (n, 9): ``own`` the distance to the person's own
    references, ``nearest`` to the nearest student's, both infinite where there is none; ``nearest_student`` who that
    is; ``own_reference`` and ``nearest_reference`` the nearest of their photos; ``named`` who the recognizer names, or
    NOBODY; ``tolerance`` its limit, not a number past the track's end. named_still, (n,): who is named by the first
    face alone, as in a still picture. enrolled: students searched, in the median.
    """

    photos: int
    enrolled: int
    person: NDArray[np.int64]
    is_student: NDArray[np.bool_]
    faces: NDArray[np.int64]
    own: NDArray[np.float64]
    own_reference: NDArray[np.int64]
    nearest: NDArray[np.float64]
    nearest_student: NDArray[np.int64]
    nearest_reference: NDArray[np.int64]
    named: NDArray[np.int64]
    named_still: NDArray[np.int64]
    tolerance: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One split: rows of each student's references, and everybody's tracks with whose they are."""

    references: dict[int, NDArray[np.int64]]
    tracks: list[tuple[int, NDArray[np.int64]]]


def search(
    population: Population,
    photos: int,
    seeds: int,
    tolerances_for: Callable[[Gallery], Tolerances],
    advance: Callable[[], None],
    students: int | None = None,
) -> Searches | None:
    """The trials of all seeds; None where too few people have files enough. ``advance`` is called after each.

    students: how many to enrol; None means half of the people.
    """
    rows: list[tuple[object, ...]] = []
    enrolled: list[int] = []
    for seed in range(seeds):
        trial = split(population, photos, seed, students)
        if trial is not None:
            rows += _search(population, trial, tolerances_for)
            enrolled.append(len(trial.references))
        advance()
    if not rows:
        return None
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    return Searches(photos, int(np.median(enrolled)), *columns)


def split(population: Population, photos: int, seed: int, students: int | None = None) -> Trial | None:
    """The trial of that seed; None where there would not be as many students, two at least, and strangers enough."""
    random = np.random.default_rng([seed, photos])
    fit = random.permutation(np.flatnonzero(population.files > photos))
    wanted = len(fit) // 2 if students is None else students
    if wanted < 2 or len(fit) < wanted or population.people - wanted < wanted * LEAST_STRANGERS:
        return None
    chosen = [int(person) for person in fit[:wanted]]
    references = {person: _references(population, person, photos, random) for person in chosen}
    everybody = range(population.people)
    tracks = [
        (person, track) for person in everybody for track in _tracks(population, person, references.get(person), random)
    ]
    return Trial(references, tracks)


def _references(population: Population, person: int, photos: int, random: np.random.Generator) -> NDArray[np.int64]:
    """One face from each of so many of the person's files."""
    rows = population.rows[person]
    chosen = random.choice(np.unique(population.source[rows]), photos, replace=False)
    return np.array([random.choice(rows[population.source[rows] == source]) for source in chosen], np.int64)


def _tracks(
    population: Population, person: int, references: NDArray[np.int64] | None, random: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Tracks that begin with different faces: of one clip each, or of photos."""
    rows = random.permutation(population.rows[person])
    if references is not None:
        rows = rows[~np.isin(population.source[rows], population.source[references])]
    sources, counts = np.unique(population.source[rows], return_counts=True)
    photos = sources[counts == 1]
    for first in rows[:MOST_TRACKS]:
        is_photo = population.source[first] in photos
        alike = (
            np.isin(population.source[rows], photos)
            if is_photo
            else population.source[rows] == population.source[first]
        )
        others = random.permutation(rows[alike & (rows != first)])
        yield np.concatenate([[first], others[: LONGEST_TRACK - 1]])


def _search(
    population: Population, trial: Trial, tolerances_for: Callable[[Gallery], Tolerances]
) -> Iterator[tuple[object, ...]]:
    """A row of Searches for each track, from ``person`` on."""
    students = np.repeat(list(trial.references), [len(rows) for rows in trial.references.values()])
    rows = np.concatenate(list(trial.references.values()))
    gallery = Gallery(population.encodings[rows], tuple(f"{s:06}" for s in students), (_NO_HASH,) * len(rows))
    tolerances = tolerances_for(gallery)
    of_tracks, of_stills = Identification(gallery, tolerances), Identification(gallery, tolerances, looks="still")
    tolerance, photos = tolerances.for_search(len(trial.references)), len(rows) // len(trial.references)
    people, own_means = np.array(list(trial.references)), gallery.grouped().means()
    asked = [
        [Probe.of(population.encodings[track[:count]]) for count in range(1, len(track) + 1)]
        for _, track in trial.tracks
    ]
    named = iter(_named(of_tracks, [probe for probes in asked for probe in probes]))
    named_still = _named(of_stills, [probes[0] for probes in asked])
    for (person, track), probes, still in zip(trial.tracks, asked, named_still, strict=True):
        limits = np.array([tolerance.limit(photos, probe.encodings, probe.spread) for probe in probes])
        means = np.array([probe.encoding for probe in probes], np.float64)
        to_people = np.linalg.norm(means[:, None, :] - own_means[None], axis=2)
        to_photos = np.linalg.norm(means[:, None, :] - gallery.encodings[None], axis=2)
        nearest = people[to_people.argmin(axis=1)]
        yield (
            person,
            person in trial.references,
            _full(track, NOBODY),
            _full(np.where(people == person, to_people, np.inf).min(axis=1), np.inf),
            _full(rows[np.where(students == person, to_photos, np.inf).argmin(axis=1)], NOBODY),
            _full(to_people.min(axis=1), np.inf),
            _full(nearest, NOBODY),
            _full(rows[np.where(students == nearest[:, None], to_photos, np.inf).argmin(axis=1)], NOBODY),
            _full(np.array([next(named) for _ in probes]), NOBODY),
            still,
            _full(limits, np.nan),
        )


def _named(identification: Identification, probes: Sequence[Probe]) -> NDArray[np.int64]:
    """Who is named by each of the probes, as if each were the only face in its frame."""
    answers = identification.identify_alone(probes)
    return np.array([NOBODY if answer.number is None else int(answer.number) for answer in answers], np.int64)


def _full(values: NDArray[np.generic], filler: float) -> NDArray[np.generic]:
    """Filled up to the longest track."""
    full = np.full(LONGEST_TRACK, filler, values.dtype)
    full[: len(values)] = values
    return full
