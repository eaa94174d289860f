"""Which samples count as references.

A learned reference never moves the anchor: the enrolled references alone must be sure of it, now as then. So what was
learned once cannot lead to others and others on and on, away from the photos, and a wrong one hardly ever counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

import numpy as np

from recognizer.domain.learning.sample import LessonSample
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.identification import Identification
from recognizer.domain.naming.taught import Taught
from recognizer.domain.naming.tolerance import Tolerances
from recognizer.domain.register.numbers import fold_number

LEAST_LESSONS = 2
"""Lessons in which a student must have been seen beyond doubt. A person's word that the student was there counts as
another one."""


def fingerprints_of(gallery: Gallery, numbers: Iterable[str]) -> dict[str, str]:
    """By folded number, what identifies the enrolled references of each student who is enrolled.

    It is another one once a photo was added, taken away or encoded anew, and the same under another spelling.
    """
    wanted = frozenset(map(fold_number, numbers))
    folded = {number: fold for number in gallery.students if (fold := fold_number(number)) in wanted}
    rows: dict[str, list[bytes]] = defaultdict(list)
    for number, encoding in zip(gallery.numbers, gallery.encodings, strict=True):
        if number in folded:
            rows[folded[number]].append(np.ascontiguousarray(encoding, np.float32).tobytes())
    return {fold: sha256(b"".join(sorted(parts))).hexdigest() for fold, parts in rows.items()}


def of_taught_students(samples: Iterable[LessonSample]) -> list[LessonSample]:
    """Those of students whom lessons enough have taught. The samples of others wait for another lesson."""
    by_student: dict[str, list[LessonSample]] = defaultdict(list)
    for sample in samples:
        by_student[fold_number(sample.number)].append(sample)
    return [sample for found in by_student.values() if _are_enough(found) for sample in found]


def identify_by(
    gallery: Gallery,
    samples: Sequence[LessonSample],
    tolerances_for: Callable[[Gallery], Tolerances],
    expected: frozenset[str] | None = None,
) -> Identification:
    """An identification by the enrolled references, and by those of the samples that count.

    tolerances_for: chooses the tolerances for a gallery. expected: as ``Identification`` has it.
    """
    tolerances = tolerances_for(gallery)
    enrolled = Identification(gallery, tolerances, expected)
    counting = find_counting(gallery, samples, enrolled)
    if not counting:
        return enrolled
    references = Gallery(
        np.array([each.sample.encoding for each in counting.values()], np.float32),
        tuple(number for number, _ in counting),
        tuple(f"session {session_id}" for _, session_id in counting),
    )
    averaged = tuple(each.sample.encodings for each in counting.values())
    taught = Taught(references, tolerances_for(gallery.joined(references)), averaged)
    return Identification(gallery, tolerances, expected, taught=taught)


def find_counting(
    gallery: Gallery, samples: Sequence[LessonSample], enrolled: Identification
) -> dict[tuple[str, int], LessonSample]:
    """The samples that count, by the gallery's number and the class session. enrolled: by the photos alone."""
    counting: dict[tuple[str, int], LessonSample] = {}
    for number, found in _by_student(samples, gallery).items():
        answers = enrolled.identify_alone([each.sample.probe for each in found])
        certain = [
            each
            for each, answer in zip(found, answers, strict=True)
            if answer.number == number and answer.is_beyond_doubt
        ]
        if _are_enough(certain):
            counting |= {(number, each.session_id): each for each in certain}
    return counting


def _are_enough(samples: Sequence[LessonSample]) -> bool:
    return sum(2 if sample.is_vouched else 1 for sample in samples) >= LEAST_LESSONS


def _by_student(samples: Sequence[LessonSample], gallery: Gallery) -> Mapping[str, list[LessonSample]]:
    """By the gallery's spelling of the number, those made with the enrolled references as they are now."""
    if not samples:
        return {}
    anchors = fingerprints_of(gallery, (sample.number for sample in samples))
    spelling = {folded: number for number in gallery.students if (folded := fold_number(number)) in anchors}
    found: dict[str, list[LessonSample]] = defaultdict(list)
    for sample in samples:
        folded = fold_number(sample.number)
        if anchors.get(folded) == sample.anchor:
            found[spelling[folded]].append(sample)
    return found
