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
from recognizer.evaluation.calibration import calibrate, measure_strangers, require_people
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


def test_distances_are_those_to_the_mean_reference_of_every_other_person() -> None:
    random = np.random.default_rng(0)
    centres = random.normal(0, 0.05, (3, 128))
    # All photos of one person are the same: whichever are drawn, the distances are those between the people.
    people = Population(np.repeat(centres, 5, axis=0).astype(np.float32), np.repeat([0, 1, 2], 5), np.arange(15), 3)
    expected = [np.linalg.norm(centres[a] - centres[b]) for a in range(3) for b in range(3) if a != b]
    samples = measure_strangers(people, 2)
    assert len(samples) == 5
    for sample in samples:
        assert sorted(sample) == pytest.approx(sorted(np.repeat(expected, 4)), abs=1e-5)


def test_means_of_more_faces_lie_nearer_to_everyone() -> None:
    means = [float(sample.mean()) for sample in measure_strangers(crowd(20, 8, spread=0.02), 3)]
    assert means == sorted(means, reverse=True)
    assert means[0] - means[4] > 0.02


def test_the_tolerance_of_a_gallery_goes_by_what_was_learned_of_strangers() -> None:
    learned, cell = calibrate(crowd(40, 8, spread=0.02), 3, 0.01, 10, NOW, lambda: None)
    assert (learned.photos_each, learned.target, learned.law.people) == (3, 0.01, 40)
    assert learned.calibrated_at == "2026-11-03T09:30:00"
    named, missed = cell.strangers_named.interval, cell.students_missed.interval
    assert named is not None and missed is not None
    assert named.value <= 0.01
    assert missed.value == learned.missed <= 0.05
    # A gallery of other people, too small to have a law of its own.
    few = crowd(4, 3, spread=0.02, seed=6)
    gallery = Gallery(few.encodings, tuple(str(person) for person in few.person), ("0",) * 12).calibrated(learned)
    tolerance = choose_tolerances(None, gallery, 0.01).for_search(4)
    assert tolerance == PromisedTolerances(learned.law, 0.01, "calibration").for_search(4)


def test_a_gallery_of_more_photos_is_measured_with_as_many_if_there_are() -> None:
    people = crowd(12, 7, spread=0.02)
    measured = {
        references: calibrate(people, references, 0.01, 1, NOW, lambda: None)[0].photos_each
        for references in (1, 3, 4, 9)
    }
    assert measured == {1: 1, 3: 3, 4: 5, 9: 5}


def test_too_few_people_for_a_law_are_told_what_to_add() -> None:
    with pytest.raises(PhotoError, match=r"people has 9 of the 10 people needed for --calibrate.*: add 1 more"):
        require_people(Path("people"), {**{str(person): 5 for person in range(9)}, "few": 4})
    require_people(Path("people"), {str(person): 5 for person in range(10)})
