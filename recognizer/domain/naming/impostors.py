"""Impostors: how near the gallery's own students come to each other, which tells how near a stranger would come."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.naming.calibration import Calibration
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.domain.naming.promise import STRANGERS_NAMED, PromisedTolerances
from recognizer.domain.naming.search import squared_distances
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, FALLBACK, FixedTolerances, Tolerances

LEAST_STUDENTS = 10
"""Fewer students tell too little of strangers. The 90 distances of ten tell the law's deviation to about a tenth."""

MOST_SAMPLED = 500
"""At most this many students are measured: their quarter of a million pairs tell the law to a hundredth of itself."""

USUAL_SPREAD = 0.12
"""The spread of a person's encodings where the gallery has too few second photos to tell it: that of 38 people's press
photos taken years apart. Frames of one lesson differ less, which only makes ``auto`` stricter."""

LEAST_SPREAD = 0.06
"""Photos of one sitting would say that a person always looks the same. Two encodings of this spread lie 0.35 apart."""

LEAST_REPEATED = 10
"""The spread is measured where at least this many students have a second photo."""

_Rows = NDArray[np.floating[Any]]


def choose_tolerances(fixed: float | None, gallery: Gallery, strangers_named: float = STRANGERS_NAMED) -> Tolerances:
    """The tolerances for a gallery: the fixed distance, or where that is None (auto) those that keep the promise.

    A calibration that is stored with the gallery comes first, while it is valid, then the gallery's own law. A gallery
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
    """Whether the calibration still speaks for the gallery: its students have no more photos than the evaluated had.

    Which students are enrolled does not matter, since it was measured on others.
    """
    students = len(gallery.students)
    return students == 0 or len(gallery.numbers) <= calibration.photos_each * students


def measure_impostors(gallery: Gallery) -> ImpostorLaw | None:
    """The law of the distances between the gallery's students; None where they are too few.

    Every ordered pair of different students is measured: one plays the probe, the other the student. Of a large gallery
    a sample of students is measured, always the same.
    """
    grouped = gallery.grouped()
    students = len(grouped.numbers)
    if students < LEAST_STUDENTS:
        return None
    chosen = np.sort(np.random.default_rng(0).permutation(students)[:MOST_SAMPLED])
    people = [np.asarray(grouped.of_student(int(student)), np.float32) for student in chosen]
    return ImpostorLaw.fit(_to_mean_references(people), len(people), _to_nearest_references(people))


def _to_mean_references(people: list[_Rows]) -> list[_Rows]:
    """The distances of one's mean of k references to the other's mean reference, for k of 1 to DECISIVE_ENCODINGS, and
    for endless encodings.

    Who has fewer than k references is taken to come nearer by as much as further encodings would bring: the mean of k
    instead of j encodings takes spread · (1/j - 1/k) off the squared distance.
    """
    spread = _pooled_spread(people)
    means = np.array([person.mean(axis=0) for person in people])
    had = np.array([len(person) for person in people])
    samples = []
    for encodings in range(1, DECISIVE_ENCODINGS + 2):
        averaged = np.minimum(had, encodings)
        probes = np.array([person[:count].mean(axis=0) for person, count in zip(people, averaged, strict=True)])
        squares = squared_distances(probes, means)
        still_to_come = 1 / averaged - (1 / encodings if encodings <= DECISIVE_ENCODINGS else 0.0)
        samples.append(np.sqrt(np.maximum(squares - spread * still_to_come[:, None], 0.0))[_others(people)])
    return samples


def _to_nearest_references(people: list[_Rows]) -> _Rows:
    """The distances of one's first reference to the nearest of the other's."""
    firsts = np.array([person[0] for person in people])
    ends = np.cumsum([0, *(len(person) for person in people)])
    squares = squared_distances(firsts, np.concatenate(people))
    return np.asarray(np.sqrt(np.minimum.reduceat(squares, ends[:-1], axis=1))[_others(people)])


def _others(people: list[_Rows]) -> NDArray[np.bool_]:
    """(people, people): the pairs of different people."""
    return ~np.eye(len(people), dtype=bool)


def _pooled_spread(people: list[_Rows]) -> float:
    """The mean squared distance of a person's encodings from the mean of many, pooled; at least LEAST_SPREAD."""
    repeated = [person for person in people if len(person) > 1]
    if len(repeated) < LEAST_REPEATED:
        return USUAL_SPREAD
    squares = sum(float(((person - person.mean(axis=0)) ** 2).sum()) for person in repeated)
    return max(LEAST_SPREAD, squares / sum(len(person) - 1 for person in repeated))
