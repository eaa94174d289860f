"""What an evaluation teaches the gallery: how near strangers come to students, measured on people who are neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.impostor_law import measure_law
from recognizer.domain.naming.impostors import PRIOR
from recognizer.domain.naming.promise import PromisedTolerances
from recognizer.errors import PhotoError
from recognizer.evaluation.protocol import LONGEST_TRACK, Population, search
from recognizer.evaluation.results import PHOTOS, Cell, measure_cell

LEAST_PEOPLE = 10
"""The law of fewer people is theirs, not that of strangers to come."""

PHOTOS_EACH = 5
"""Fewer tell little of how much a person's encodings differ."""


def require_people(folder: Path, files: Mapping[str, int]) -> None:
    """Raise PhotoError, saying what to add, where too few people have the files for a calibration.

    files: by person, how many show a face.
    """
    fit = sum(count >= PHOTOS_EACH for count in files.values())
    if fit < LEAST_PEOPLE:
        raise PhotoError(
            f"{folder} has {fit} of the {LEAST_PEOPLE} people needed for --calibrate, each with {PHOTOS_EACH} photos "
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
    law = measure_law([population.encodings[rows] for rows in population.rows], PRIOR)
    searches = search(
        population, _photos(population, references), seeds, lambda gallery: PromisedTolerances(law, target), advance
    )
    cells = (
        [measure_cell(searches, frames, population.people) for frames in range(1, LONGEST_TRACK + 1)]
        if searches
        else []
    )
    longest = [cell for cell in cells if cell is not None][-1]
    missed = longest.students_missed.interval
    kept = Calibration(
        law,
        target,
        longest.strangers,
        missed.value if missed else 1.0,
        calibrated_at.isoformat(timespec="seconds"),
    )
    return kept, longest


def _photos(population: Population, references: int) -> int:
    """As many as the students have, if these people allow to leave some to be searched for."""
    possible = [photos for photos in PHOTOS if (population.files > photos).sum() >= LEAST_PEOPLE]
    return min([photos for photos in possible if photos >= references], default=max(possible))
