"""The figures that decide, each with its interval, or the reason why the data cannot tell it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.track import KEPT_ENCODINGS
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.tolerance import Tolerances
from recognizer.evaluation.metrics import (
    LEAST_EVENTS,
    Interval,
    are_enough,
    bootstrap,
    share,
    share_of,
    threshold_at,
    unseen,
)
from recognizer.evaluation.pairs import Pairs, pair_up
from recognizer.evaluation.protocol import NOBODY, Population, Searches, search, split

PHOTOS = (1, 2, 3, 5)
FRAMES = (1, 3, 5, 9)
FPIRS = (0.01, 0.001)
FARS = (1e-2, 1e-3, 1e-4)

GALLERIES = (5, 8, 20, 100)
"""Students enrolled: a seminar to a lecture."""

MUCH_TIMES, MUCH_POINTS = 1.5, 0.005
"""Clearly more students are missed in force than in hindsight where they are more than so many times as many, and more
by so much: where hardly anybody is missed, twice as many are chance."""

USUAL_PHOTOS = 3
"""What an admin is asked for; a class with more is rare."""

USUAL_FRAMES = KEPT_ENCODINGS
"""What a camera's track keeps."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its interval; without one ``caveat`` says what is missing, beside one what makes it unsure."""

    interval: Interval | None
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What so many photos a student and so many frames a track give.

    enrolled: students searched; students, strangers: searches by them. fnir: by FPIR, with the tolerance that would
    give it. tolerance and the rest: with the one in force, for a track asked after each of its frames.
    """

    photos: int
    frames: int
    enrolled: int
    students: int
    strangers: int
    tolerance: float
    fnir: dict[float, Figure]
    strangers_named: Figure
    students_missed: Figure
    students_misnamed: Figure


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What an evaluation found. main: the cell that the charts and pictures are of; searches: by reference photos.

    galleries: the cells of ``evaluate_galleries``, where they were asked for.
    """

    cells: tuple[Cell, ...]
    main: Cell
    searches: dict[int, Searches]
    pairs: Pairs
    tar: dict[float, Figure]
    galleries: tuple[Cell, ...] = ()


def enough_seeds(population: Population) -> int:
    """Trials enough for strangers to be searched for as often as the rarest of FPIRS needs, 20 to 200 of them."""
    trial = split(population, 1, seed=0)
    tracks = [] if trial is None else [track for person, track in trial.tracks if person not in trial.references]
    long = max(1, sum(len(track) >= USUAL_FRAMES for track in tracks))
    # A few more: people are not split alike each time.
    return min(200, max(20, math.ceil(1.1 * LEAST_EVENTS / min(FPIRS) / long)))


def evaluate(
    population: Population, seeds: int, tolerances_for: Callable[[Gallery], Tolerances], advance: Callable[[], None]
) -> Results | None:
    """All cells, and the verification of single photos; None where no cell can be had.

    ``advance`` is called len(PHOTOS) · seeds times.
    """
    found = {photos: search(population, photos, seeds, tolerances_for, advance) for photos in PHOTOS}
    searches = {photos: one for photos, one in found.items() if one is not None}
    cells = [
        cell for one in searches.values() for frames in FRAMES if (cell := measure_cell(one, frames, population.people))
    ]
    if not cells:
        return None
    main = max(
        cells, key=lambda cell: (cell.photos <= USUAL_PHOTOS, cell.photos, cell.frames <= USUAL_FRAMES, cell.frames)
    )
    pairs = pair_up(population)
    tar = {rate: tar_at(pairs, rate, population.people) for rate in FARS}
    return Results(tuple(cells), main, searches, pairs, tar)


def evaluate_galleries(
    population: Population, seeds: int, tolerances_for: Callable[[Gallery], Tolerances], advance: Callable[[], None]
) -> tuple[Cell, ...]:
    """The cells of galleries of GALLERIES students, as far as the people go.

    ``advance`` is called len(GALLERIES) · len(PHOTOS) · seeds times.
    """
    cells: list[Cell] = []
    for students in GALLERIES:
        for photos in PHOTOS:
            found = search(population, photos, seeds, tolerances_for, advance, students)
            measured = [measure_cell(found, frames, population.people) for frames in FRAMES] if found else []
            cells += [cell for cell in measured if cell is not None]
    return tuple(cells)


def long_enough(searches: Searches, frames: int) -> NDArray[np.bool_]:
    """Which tracks have so many faces."""
    return np.asarray(searches.faces[:, frames - 1] != NOBODY)


def scores(searches: Searches, frames: int) -> NDArray[np.float64]:
    """The distance at which each search gives the person's own name: never, where another student is nearer."""
    at = frames - 1
    is_first = searches.nearest_student[:, at] == searches.person
    return np.where(is_first, searches.own[:, at], np.inf)


def answers(searches: Searches, frames: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each search gives the person's own name in force, and whether it gives another's."""
    # One face is a still picture, which is asked for once.
    asked = searches.named[:, :frames] if frames > 1 else searches.named_still[:, None]
    is_own = (asked == searches.person[:, None]).any(axis=1)
    return is_own, ((asked != NOBODY) & (asked != searches.person[:, None])).any(axis=1)


def misses_much(cell: Cell) -> bool | None:
    """Whether clearly more students are missed in force than in hindsight, at the rarest of FPIRS.

    None where that cannot be told.
    """
    missed, best = cell.students_missed.interval, cell.fnir[FPIRS[-1]].interval
    if missed is None or best is None:
        return None
    return missed.value > max(MUCH_TIMES * best.value, best.value + MUCH_POINTS)


def measure_cell(searches: Searches, frames: int, people: int) -> Cell | None:
    """The figures of tracks of so many frames; None where nobody's track, or no stranger's, is so long."""
    fit = long_enough(searches, frames)
    student, stranger = fit & searches.is_student, fit & ~searches.is_student
    if not student.any() or not stranger.any():
        return None
    is_own, is_other = answers(searches, frames)
    person = searches.person
    return Cell(
        searches.photos,
        frames,
        searches.enrolled,
        int(student.sum()),
        int(stranger.sum()),
        float(np.median(searches.tolerance[fit, frames - 1])),
        {rate: _fnir(searches, frames, rate, people) for rate in FPIRS},
        Figure(share_of(is_other[stranger], person[stranger], people)),
        Figure(share_of(~is_own[student], person[student], people)),
        Figure(share_of(is_other[student], person[student], people)),
    )


def _fnir(searches: Searches, frames: int, rate: float, people: int) -> Figure:
    fit = long_enough(searches, frames)
    student, stranger = fit & searches.is_student, fit & ~searches.is_student
    strangers = int(stranger.sum())
    if not are_enough(strangers, rate):
        return Figure(None, f"{strangers:,} of {LEAST_EVENTS / rate:,.0f} searches needed: add people")
    own, missed = searches.person[student], scores(searches, frames)[student]
    order = np.argsort(searches.nearest[stranger, frames - 1], kind="stable")
    nearest, other = searches.nearest[stranger, frames - 1][order], searches.person[stranger][order]

    def measure(weights: NDArray[np.floating[Any]]) -> float:
        if not weights[other].any():
            return float("nan")
        return share(missed > threshold_at(nearest, rate, weights[other]), weights[own])

    return _figure(measure, people, len(np.unique(own)), _few(len(np.unique(other)), rate))


def tar_at(pairs: Pairs, rate: float, people: int) -> Figure:
    """The share of genuine pairs accepted at the tolerance that accepts so many of the impostor pairs."""
    order = np.argsort(pairs.distances[~pairs.is_genuine], kind="stable")
    impostor, other = pairs.distances[~pairs.is_genuine][order], pairs.people[~pairs.is_genuine][order]
    genuine, own = pairs.distances[pairs.is_genuine], pairs.people[pairs.is_genuine][:, 0]
    if not are_enough(len(impostor), rate) or not len(genuine):
        return Figure(None, f"{len(impostor):,} of {LEAST_EVENTS / rate:,.0f} pairs needed: add people")

    def measure(weights: NDArray[np.floating[Any]]) -> float:
        both = weights[other].prod(axis=1)
        return share(genuine <= threshold_at(impostor, rate, both), weights[own]) if both.any() else float("nan")

    combinations = len(np.unique(np.sort(other, axis=1), axis=0))
    few = f"of only {combinations:,} pairs of people" if not are_enough(combinations, rate) else ""
    return _figure(measure, people, len(np.unique(own)), few)


def _figure(measure: Callable[[NDArray[np.floating[Any]]], float], people: int, owners: int, caveat: str) -> Figure:
    """The figure with its interval. For a share of 0 or 1 the interval ends where the rule of three puts it."""
    value, (low, high) = measure(np.ones(people)), bootstrap(people, measure)
    low = low if value < 1 else min(low, 1 - unseen(owners))
    high = high if value > 0 else max(high, unseen(owners))
    return Figure(Interval(value, low, high), caveat)


def _few(strangers: int, rate: float) -> str:
    """The caveat where many searches are of few people, which many searches cannot make up for."""
    if are_enough(strangers, rate):
        return ""
    return f"of only {strangers:,} strangers; sure from {LEAST_EVENTS / rate:,.0f} people"
