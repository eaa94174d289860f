"""Impostors: how near the gallery's own students come to each other, which says how near a stranger would come."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.search import squared_distances
from recognizer.domain.naming.tolerance import (
    FALLBACK,
    MOST_ENCODINGS,
    STRANGERS_NAMED,
    Calibration,
    FixedTolerances,
    ImpostorLaw,
    PromisedTolerances,
    Tolerances,
)

LEAST_STUDENTS = 10
"""Fewer students say too little of strangers: their 90 distances still tell the law's deviation to a tenth or so."""

MOST_SAMPLED = 500
"""Students whose distances are measured: their quarter of a million pairs tell the law to a hundredth of itself."""

SPREAD = 0.12
"""Squared distance of a person's encodings to their own mean, where the gallery has too few second photos to tell: that
of 38 people's press photos taken years apart. Frames of one lesson differ less; that only makes ``auto`` stricter."""

LEAST_SPREAD = 0.06
"""Photos of one sitting would say that a person always looks the same. Two encodings this spread lie 0.35 apart."""

_LEAST_REPEATED = 10


def choose_tolerances(fixed: float | None, gallery: Gallery, strangers_named: float = STRANGERS_NAMED) -> Tolerances:
    """The tolerances for a gallery: the fixed distance, or where that is None (auto) those that keep the promise.

    A calibration that is stored with the gallery goes first, while it is valid; then the gallery's own law; a gallery
    of too few students gets FALLBACK.
    """
    if fixed is not None:
        return FixedTolerances(fixed)
    if gallery.calibration is not None and is_valid(gallery.calibration, gallery):
        return PromisedTolerances(gallery.calibration.law, strangers_named, "calibration")
    law = measure_impostors(gallery)
    if law is None:
        return FixedTolerances(FALLBACK, "small gallery")
    return PromisedTolerances(law, strangers_named)


def is_valid(calibration: Calibration, gallery: Gallery) -> bool:
    """Whether the calibration still speaks for the gallery: its students have no more references than those had.

    Which students are enrolled does not matter, for it was measured on others.
    """
    students = len(gallery.students)
    return students == 0 or len(gallery.numbers) <= calibration.references * students


def measure_impostors(gallery: Gallery) -> ImpostorLaw | None:
    """The law of the distances between the gallery's students; None where they are too few.

    For every ordered pair of different students: the distance of one's mean of k references, in the probe's part, to
    the other's mean reference. Who has fewer than k is taken to come nearer by as much as further encodings would
    bring: averaging k instead of j takes spread · (1/j - 1/k) off the squared distance. The last law is that of
    endless encodings. And the distance of one's first reference to the nearest of the other's. Of a large gallery a
    sample of students, always the same, is measured.
    """
    grouped = gallery.grouped()
    students = len(grouped.numbers)
    if students < LEAST_STUDENTS:
        return None
    chosen = np.sort(np.random.default_rng(0).permutation(students)[:MOST_SAMPLED])
    people = [np.asarray(grouped.references_of(int(student)), np.float32) for student in chosen]
    spread = _spread(people)
    means = np.array([person.mean(axis=0) for person in people])
    others = ~np.eye(len(people), dtype=bool)
    had = np.array([len(person) for person in people])
    samples = []
    for encodings in range(1, MOST_ENCODINGS + 2):
        averaged = np.minimum(had, encodings)
        probes = np.array([person[:count].mean(axis=0) for person, count in zip(people, averaged, strict=True)])
        squares = squared_distances(probes, means)
        left = 1 / averaged - (1 / encodings if encodings <= MOST_ENCODINGS else 0.0)
        samples.append(np.sqrt(np.maximum(squares - spread * left[:, None], 0.0))[others])
    firsts = np.array([person[0] for person in people])
    ends = np.cumsum([0, *had])
    nearest = np.minimum.reduceat(squared_distances(firsts, np.concatenate(people)), ends[:-1], axis=1)
    return ImpostorLaw.fit(samples, len(people), np.sqrt(nearest)[others])


def _spread(people: list[NDArray[np.floating[Any]]]) -> float:
    """The squared distance of a person's encodings to the mean of many, pooled; at least LEAST_SPREAD."""
    repeated = [person for person in people if len(person) > 1]
    if len(repeated) < _LEAST_REPEATED:
        return SPREAD
    squares = sum(float(((person - person.mean(axis=0)) ** 2).sum()) for person in repeated)
    return max(LEAST_SPREAD, squares / sum(len(person) - 1 for person in repeated))
