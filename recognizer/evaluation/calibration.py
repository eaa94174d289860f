"""What an evaluation teaches the gallery: how near strangers come to students, measured on people who are neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.domain.naming.impostors import LEAST_STUDENTS
from recognizer.domain.naming.promise import PromisedTolerances
from recognizer.domain.naming.search import squared_distances
from recognizer.errors import PhotoError
from recognizer.evaluation.protocol import LONGEST_TRACK, Population, search
from recognizer.evaluation.results import PHOTOS, Cell, measure_cell

LEAST_PEOPLE = LEAST_STUDENTS
"""The law of fewer people is theirs, not that of strangers to come."""

MOST_PROBES = 4
"""Of one person for each number of encodings: more are too much alike to tell more of the law's tail."""


def require_people(folder: Path, files: Mapping[str, int]) -> None:
    """Raise PhotoError, saying what to add, where too few people have the files for a calibration.

    files: by person, how many show a face.
    """
    fit = sum(count >= LONGEST_TRACK for count in files.values())
    if fit < LEAST_PEOPLE:
        raise PhotoError(
            f"{folder} has {fit} of the {LEAST_PEOPLE} people needed for --calibrate, each with {LONGEST_TRACK} photos "
            f"or clips or more that show their face: add {LEAST_PEOPLE - fit} more, better a hundred"
        )


def calibrate(
    population: Population,
    references: int,
    target: float,
    seeds: int,
    calibrated_at: datetime,
    advance: Callable[[], None],
) -> tuple[Calibration, Cell]:
    """What to keep with the gallery, and what it gives on these people.

    references: photos a student that the people enrolled have; measured with as many, or with the most that these
    people have. target: the share of strangers who may be named. ``advance`` is called ``seeds`` times at the most.
    """
    photos = _photos(population, references)
    law = ImpostorLaw.fit(measure_strangers(population, photos), int((population.files >= photos).sum()))
    tolerances = PromisedTolerances(law, target, "calibration")
    searches = search(population, photos, seeds, lambda gallery: tolerances, advance)
    cells = (
        [measure_cell(searches, frames, population.people) for frames in range(1, LONGEST_TRACK + 1)]
        if searches
        else []
    )
    longest = [cell for cell in cells if cell is not None][-1]
    missed = longest.students_missed.interval
    kept = Calibration(
        law,
        photos,
        target,
        longest.strangers,
        missed.value if missed else 1.0,
        calibrated_at.isoformat(timespec="seconds"),
    )
    return kept, longest


def measure_strangers(population: Population, photos: int) -> list[NDArray[np.float64]]:
    """Distances of people to the mean references of others: by how many encodings were averaged.

    Everybody with files enough is a student once, with so many photos; everybody else's faces are looked up.
    """
    random = np.random.default_rng(photos)
    students = [int(one) for one in np.flatnonzero(population.files >= photos)]
    references = [random.choice(_one_of_each_file(population, one, random), photos, replace=False) for one in students]
    means = np.array([population.encodings[rows].mean(axis=0) for rows in references])
    samples: list[NDArray[np.float64]] = []
    for encodings in range(1, LONGEST_TRACK + 1):
        owners, probes = [], []
        for person, rows in enumerate(population.rows):
            for _ in range(MOST_PROBES if len(rows) >= encodings else 0):
                owners.append(person)
                probes.append(population.encodings[random.choice(rows, encodings, replace=False)].mean(axis=0))
        distances = np.sqrt(squared_distances(np.array(probes), means))
        samples.append(distances[np.array(owners)[:, None] != np.array(students)[None]])
    return samples


def _photos(population: Population, references: int) -> int:
    """As many as the students have, if these people allow to leave some to be searched for."""
    possible = [photos for photos in PHOTOS if (population.files > photos).sum() >= LEAST_PEOPLE]
    return min([photos for photos in possible if photos >= references], default=max(possible))


def _one_of_each_file(population: Population, person: int, random: np.random.Generator) -> NDArray[np.int64]:
    rows = random.permutation(population.rows[person])
    _, first = np.unique(population.source[rows], return_index=True)
    return rows[first]
