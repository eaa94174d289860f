"""Identification: an open-set search of the gallery. The answer is a student, nobody, or not yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from recognizer.domain.following.detection import Encoding, Encodings
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.search import Crowd, Nearest
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, Tolerance, Tolerances

MARGIN = 0.05
"""The nearest student must be nearer than the second by this much: a probe between two students names neither
(docs/recognition.md, "Margins")."""

LOOK_ALIKE_MARGIN = 0.1
"""The margin between two students who look alike, such as twins. Their references tell them apart less well, even
less where the face looks away from the camera. Such students are named from DECISIVE_ENCODINGS on."""

_BLOCK = 4096
"""This many references are rounded at a time."""

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
class Candidate:
    """The answer to one probe, with the evidence.

    verdict: ``student`` who is expected; ``visitor`` who is enrolled but not expected here; ``nobody`` of those
    enrolled; ``undecided`` where more encodings may yet decide. number: of the student or visitor, else None.
    distance: to the nearest student, infinite in an empty gallery. The runner-up is the nearest other student, None in
    a gallery of one.
    """

    verdict: Verdict
    number: str | None
    distance: float
    runner_up_number: str | None = None
    runner_up_distance: float | None = None


class Identification:
    """Answers probes from a gallery; a new one is made when the gallery or the roster changes.

    expected: the numbers of the students expected; None means everybody enrolled. Those expected are searched alone,
    and so are all others. With the few expected there are fewer to be mistaken for, so their tolerance is wider.
    Somebody of the others who is surely recognised is a visitor, and takes the name from an expected student who is not
    clearly nearer. Where there are two searches, each may name half of the strangers who may be named.

    The distance of a student is that of the mean of their references: on press photos it misses a fifth of the students
    that the nearest reference misses, for the same share of strangers named. Of the student with the nearest mean the
    nearest reference counts as well: who looks just as on one of their photos is named at once.

    Of the gallery these means are kept, and the references rounded to a byte a number, which changes a distance by
    about 0.001.
    """

    def __init__(self, gallery: Gallery, tolerances: Tolerances, expected: frozenset[str] | None = None) -> None:
        grouped = gallery.grouped()
        self._numbers, self._means = grouped.numbers, grouped.means()
        self._references, self._starts = _RoundedReferences(grouped.encodings), grouped.starts
        is_expected = np.ones(len(self._numbers), np.bool_)
        if expected is not None:
            is_expected = np.isin(self._numbers, np.array(sorted(expected), np.str_))
        parts = [(is_visitor, part) for is_visitor, part in ((False, is_expected), (True, ~is_expected)) if part.any()]
        self._searches = [
            _Search(
                Crowd(self._means, None if part.all() else part),
                is_visitor,
                tolerances.for_search(int(part.sum()), 1 / len(parts)),
            )
            for is_visitor, part in parts
        ]
        self._alike_within = tolerances.for_search(len(self._numbers)).for_mean(DECISIVE_ENCODINGS)
        self._have_look_alikes: dict[int, bool] = {}

    def identify(self, probes: Sequence[Probe]) -> list[Candidate]:
        """The answers to the probes of one frame and camera, in their order; no number is given twice."""
        if not probes:
            return []
        if not self._searches:
            return [Candidate("nobody", None, math.inf) for _ in probes]
        results = self._search(np.array([probe.encoding for probe in probes], np.float32))
        admitted = [
            [result for result in found if self._admits(result, probe)]
            for probe, found in zip(probes, results, strict=True)
        ]
        self._find_look_alikes({result.nearest.first for found in admitted for result in found})
        answers = [
            self._answer(probe, found, claims) for probe, found, claims in zip(probes, results, admitted, strict=True)
        ]
        return settle_rivals(answers)

    def _search(self, encodings: Encodings) -> list[list[_Result]]:
        """For each of the encodings, the result of each search."""
        by_search = [
            [_Result(search, nearest) for nearest in search.crowd.nearest(encodings)] for search in self._searches
        ]
        return [list(results) for results in zip(*by_search, strict=True)]

    def _answer(self, probe: Probe, found: Sequence[_Result], claims: Sequence[_Result]) -> Candidate:
        """found: the result of each search; claims: those of them within their tolerance."""
        if not claims:
            verdict: Verdict = "undecided" if probe.encodings < DECISIVE_ENCODINGS else "nobody"
            return self._candidate(verdict, min(found, key=_first_distance).nearest.first, found)
        claim = min(claims, key=_first_distance)
        student = claim.nearest.first
        is_alike = self._have_look_alikes[student]
        is_too_soon = is_alike and probe.encodings < DECISIVE_ENCODINGS
        if is_too_soon or not self._is_clear(claim, found, claims):
            return self._candidate("undecided", student, found)
        return self._candidate("visitor" if claim.search.is_for_visitors else "student", student, found)

    def _is_clear(self, claim: _Result, found: Sequence[_Result], claims: Sequence[_Result]) -> bool:
        """Whether the claim's student is nearer than every other by the margin."""
        is_alike = self._have_look_alikes[claim.nearest.first]
        margin = LOOK_ALIKE_MARGIN if is_alike else MARGIN
        own_distance = claim.nearest.first_distance
        gaps = [claim.nearest.second_distance - own_distance]
        for rival in found:
            gap = rival.nearest.first_distance - own_distance
            # Of thousands who are not expected one always comes near. Such a rival counts only where it is within its
            # own tolerance, or clearly nearer.
            counts = claim.search.is_for_visitors or is_alike or rival in claims or gap <= -margin
            if rival is not claim and counts:
                gaps.append(gap)
        return min(gaps) >= margin

    def _admits(self, result: _Result, probe: Probe) -> bool:
        """Whether the nearest student of a search is within its tolerance, by mean or by nearest reference."""
        nearest, tolerance = result.nearest, result.search.tolerance
        if nearest.first_distance <= tolerance.for_mean(probe.encodings, probe.spread):
            return True
        limit = tolerance.for_nearest_reference(probe.encodings, probe.spread)
        if limit <= 0.0:
            return False
        references = self._references.rows(self._starts[nearest.first], self._starts[nearest.first + 1])
        return float(np.linalg.norm(references - probe.encoding, axis=1).min()) <= limit

    def _candidate(self, verdict: Verdict, student: int, found: Sequence[_Result]) -> Candidate:
        """The answer with the distance of that student and the nearest other one."""
        near = {result.nearest.first: result.nearest.first_distance for result in found}
        near |= {r.nearest.second: r.nearest.second_distance for r in found if r.nearest.second >= 0}
        distance = near.pop(student)
        number = str(self._numbers[student]) if verdict in ("student", "visitor") else None
        if not near:
            return Candidate(verdict, number, distance)
        runner_up = min(near, key=near.__getitem__)
        return Candidate(verdict, number, distance, str(self._numbers[runner_up]), near[runner_up])

    def _find_look_alikes(self, students: set[int]) -> None:
        """Find out, once for each, whether another student's mean reference lies within the tolerance of theirs."""
        new = sorted(students - self._have_look_alikes.keys())
        if not new:
            return
        for student, found in zip(new, self._search(self._means[new]), strict=True):
            others = (
                result.nearest.second_distance if result.nearest.first == student else result.nearest.first_distance
                for result in found
            )
            self._have_look_alikes[student] = min(others) <= self._alike_within


class _RoundedReferences:
    """Encodings, (n, 128), in a quarter of their memory."""

    def __init__(self, encodings: Encodings) -> None:
        self._step = max(float(encodings.max(initial=0.0)), -float(encodings.min(initial=0.0)), 1e-6) / 127
        self._rows = np.empty(encodings.shape, np.int8)
        for start in range(0, len(encodings), _BLOCK):
            self._rows[start : start + _BLOCK] = np.rint(encodings[start : start + _BLOCK] / self._step)

    def rows(self, start: int, end: int) -> Encodings:
        """(end - start, 128) float32."""
        return np.asarray(self._rows[start:end] * np.float32(self._step), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Those students of a gallery who are searched together, and their tolerance."""

    crowd: Crowd
    is_for_visitors: bool
    tolerance: Tolerance


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """What one search found for one probe."""

    search: _Search
    nearest: Nearest


def _first_distance(result: _Result) -> float:
    return result.nearest.first_distance


def settle_rivals(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, but of those who claim one student only the nearest still does.

    Two faces in one room are never the same student. On a tie the first keeps the name. The others are undecided.
    """
    winners: dict[str, int] = {}
    for index, candidate in enumerate(candidates):
        if candidate.number is not None:
            best = winners.setdefault(candidate.number, index)
            if candidate.distance < candidates[best].distance:
                winners[candidate.number] = index
    return [
        candidate
        if candidate.number is None or winners[candidate.number] == index
        else replace(candidate, verdict="undecided", number=None)
        for index, candidate in enumerate(candidates)
    ]
