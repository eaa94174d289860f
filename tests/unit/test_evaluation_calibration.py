"""What an evaluation keeps with the gallery."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.impostors import choose_tolerances
from recognizer.domain.naming.promise import PromisedTolerances
from recognizer.errors import PhotoError
from recognizer.evaluation.calibration import calibrate, require_people
from recognizer.evaluation.protocol import Population

NOW = datetime.fromisoformat("2026-11-03T09:30:00")


def crowd(people: int, files: int, spread: float, seed: int = 5) -> Population:
    """People whose encodings lie about 0.6 apart."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(0, 0.036, (people, 128)), files, axis=0)
    encodings = centres + random.normal(0, spread, centres.shape)
    return Population(
        encodings.astype(np.float32), np.repeat(np.arange(people), files), np.arange(people * files), people
    )


def test_the_tolerance_of_a_gallery_goes_by_what_was_learned_of_strangers() -> None:
    learned, cell = calibrate(crowd(40, 8, spread=0.02), 3, 0.01, 10, NOW, lambda: None)
    assert (learned.target, learned.law.people) == (0.01, 40)
    assert learned.calibrated_at == "2026-11-03T09:30:00"
    named, missed = cell.strangers_named.interval, cell.students_missed.interval
    assert named is not None and missed is not None
    assert named.value <= 0.01
    assert missed.value == learned.missed <= 0.05
    # A gallery of other people, too few to have much of a law of their own.
    few = crowd(4, 3, spread=0.02, seed=6)
    gallery = Gallery(few.encodings, tuple(str(person) for person in few.person), ("0",) * 12).calibrated(learned)
    before = choose_tolerances(None, gallery.calibrated(None), 0.01).for_search(4).limit(3, 5)
    after = choose_tolerances(None, gallery, 0.01).for_search(4).limit(3, 5)
    of_the_people = PromisedTolerances(learned.law, 0.01).for_search(4).limit(3, 5)
    assert abs(after - of_the_people) < abs(before - of_the_people)


def test_too_few_people_for_a_law_are_told_what_to_add() -> None:
    with pytest.raises(PhotoError, match=r"people has 9 of the 10 people needed for --calibrate.*: add 1 more"):
        require_people(Path("people"), {**{str(person): 5 for person in range(9)}, "few": 4})
    require_people(Path("people"), {str(person): 5 for person in range(10)})
