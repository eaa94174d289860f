"""Impostors: how near strangers come to a gallery's students, as far as its own students and people in general tell."""

from __future__ import annotations

import numpy as np

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.impostor_law import ImpostorLaw, measure_law
from recognizer.domain.naming.promise import STRANGERS_NAMED, PromisedTolerances
from recognizer.domain.naming.tolerance import FixedTolerances, Tolerances

PRIOR = ImpostorLaw(mean=0.42, deviation=0.11, within=0.08, people=8)
"""People in general, measured on four sets of photos (docs/recognition.md, "People in general"). A gallery of eight
students is believed as much as this prior."""

MOST_SAMPLED = 500
"""At most this many students are measured: their 125 000 pairs tell the law to a hundredth of itself."""


def choose_tolerances(fixed: float | None, gallery: Gallery, strangers_named: float = STRANGERS_NAMED) -> Tolerances:
    """The tolerances for a gallery: the fixed distance, or where that is None (auto) those that keep the promise."""
    if fixed is not None:
        return FixedTolerances(fixed)
    return PromisedTolerances(measure_impostors(gallery), strangers_named)


def measure_impostors(gallery: Gallery) -> ImpostorLaw:
    """The law of the distances between the gallery's students, pulled towards that of people in general.

    A calibration that is stored with the gallery takes the place of people in general. Of a large gallery a sample of
    students is measured, always the same.
    """
    grouped = gallery.grouped()
    chosen = np.sort(np.random.default_rng(0).permutation(len(grouped.numbers))[:MOST_SAMPLED])
    people = [grouped.of_student(int(student)) for student in chosen]
    return measure_law(people, gallery.calibration.law if gallery.calibration else PRIOR)
