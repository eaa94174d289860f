"""What identification is asked, a probe, and what it answers, a candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from recognizer.domain.following.detection import Encoding, Encodings

Verdict = Literal["student", "visitor", "nobody", "undecided"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One face to look up: the mean of its best encodings, (128,) float32, and how many they were.

    spread: their mean squared distance from the mean, which tells how much the mean is worth; None where not known.
    """

    encoding: Encoding
    encodings: int
    spread: float | None = None

    @classmethod
    def of(cls, encodings: Sequence[Encoding] | Encodings) -> Probe:
        """The probe of one face's encodings, at least one."""
        parts = np.asarray(encodings, np.float32)
        mean = parts.mean(axis=0)
        return cls(mean, len(parts), float(((parts - mean) ** 2).sum(axis=1).mean()))


@dataclass(frozen=True, slots=True)
class Possible:
    """A student whose face it may be, and how far their mean reference is."""

    number: str
    distance: float


@dataclass(frozen=True, slots=True)
class NearStudent:
    """An expected student to whom a face came near without being surely named. distance: of the mean reference.
    sure_below: nearer than this, and clearly nearer than to anybody else, it would have been."""

    number: str
    distance: float
    sure_below: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """The answer to one probe, with the evidence.

    verdict: ``student`` who is expected; ``visitor`` who is enrolled but not expected here; ``nobody`` of those
    enrolled; ``undecided`` where more encodings may yet decide. number: of the student or visitor, else None.
    distance: to the nearest student, infinite in an empty gallery. The runner-up is the nearest other student, None in
    a gallery of one. is_just_inside: there is a number, but not well inside the tolerance. is_beyond_doubt: it is a
    student well inside the tolerance, by twice the usual margin, by enough encodings, with no look-alike and no other
    face that claims the name. one_of: the look-alikes, the nearest first, of whom it is one and none is clearly nearer,
    though the face is near enough and no encoding more would help; two or more where it is ``undecided`` for this
    reason, else none. near: expected students, the nearest first, whom a person should hear of where the face is never
    surely named; none where there is a number that is not just inside, or where there are look-alikes.
    """

    verdict: Verdict
    number: str | None
    distance: float
    runner_up_number: str | None = None
    runner_up_distance: float | None = None
    is_just_inside: bool = False
    is_beyond_doubt: bool = False
    one_of: tuple[Possible, ...] = ()
    near: tuple[NearStudent, ...] = ()


def settle_rivals(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, but of those who claim one student only the nearest still does, and that one in doubt.

    Two faces in one room are never the same student. On a tie the first keeps the name. The others are undecided.
    """
    claims: dict[str, list[int]] = {}
    for index, candidate in enumerate(candidates):
        if candidate.number is not None:
            claims.setdefault(candidate.number, []).append(index)
    settled = list(candidates)
    for rivals in claims.values():
        winner = min(rivals, key=lambda index: candidates[index].distance)
        for index in rivals if len(rivals) > 1 else ():
            settled[index] = replace(settled[index], is_beyond_doubt=False)
            if index != winner:
                settled[index] = replace(settled[index], verdict="undecided", number=None)
    return settled
