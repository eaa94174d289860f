"""Identification: an open-set search of the gallery, which answers with a student, with nobody, or with not yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from recognizer.domain.following.detection import Encoding, Encodings
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.search import Crowd, Nearest
from recognizer.domain.naming.tolerance import MOST_ENCODINGS, Tolerance, Tolerances

MARGIN = 0.05
"""By how much the nearest student must be nearer than the second: a probe between two students names neither. It is a
third of the least gap (0.17) between a person's own photos and the nearest other's on ten people's press photos."""

LOOK_ALIKE_MARGIN = 0.1
"""The margin between two students who look alike, such as twins. Their references tell them apart less, and so does a
face that looks away from the camera; such students are answered from MOST_ENCODINGS on."""

_BLOCK = 4096
"""References rounded at a time."""

Verdict = Literal["student", "visitor", "nobody", "undecided"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One face to look up: the mean of its best encodings, (128,) float32, and how many they were.

    spread: their mean squared distance to the mean, which tells how much the mean is worth; None where not known.
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

    verdict: ``student`` who is expected, ``visitor`` who is enrolled but not expected here, ``nobody`` of those
    enrolled, or ``undecided``: more encodings may yet decide. number: of the student or visitor, else None.
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

    expected: the numbers of the students expected; None means everybody enrolled. They are searched first, as the few
    that they are: with fewer to be mistaken for, the tolerance is wider. Of all others, one who is surely recognised
    is a visitor, and takes the name from an expected student who is not clearly nearer. Where both are searched, each
    search may spend half of the strangers who may be named.

    A student is as far as the mean of their references: on press photos it misses a fifth of the students that the
    nearest reference misses, for the same share of strangers named. The nearest reference of whoever is nearest so is
    asked besides: it knows at once who looks just as on one of their photos.

    Kept of the gallery are these means, and the references rounded to a byte a number, which moves a distance by about
    0.001.
    """

    def __init__(self, gallery: Gallery, tolerances: Tolerances, expected: frozenset[str] | None = None) -> None:
        grouped = gallery.grouped()
        self._numbers, self._means = grouped.numbers, grouped.means()
        self._references, self._starts = _Rounded(grouped.encodings), grouped.starts
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
        self._alike_within = tolerances.for_search(len(self._numbers)).of(MOST_ENCODINGS)
        self._have_look_alikes: dict[int, bool] = {}

    def identify(self, probes: Sequence[Probe]) -> list[Candidate]:
        """The answers to the probes of one frame and camera, in their order; no number is given twice."""
        if not probes:
            return []
        encodings = np.array([probe.encoding for probe in probes], np.float32)
        if not self._searches:
            return [Candidate("nobody", None, math.inf) for _ in probes]
        found = self._nearest(encodings)
        self._learn_look_alikes(
            {
                hit.first
                for probe, hits in zip(probes, found, strict=True)
                for search, hit in zip(self._searches, hits, strict=True)
                if self._admits(search, hit, probe)
            }
        )
        return settle_rivals([self._answer(probe, hits) for probe, hits in zip(probes, found, strict=True)])

    def _nearest(self, encodings: Encodings) -> list[tuple[Nearest, ...]]:
        """For each of the encodings what each search found."""
        return list(zip(*(search.crowd.nearest(encodings) for search in self._searches), strict=True))

    def _answer(self, probe: Probe, hits: Sequence[Nearest]) -> Candidate:
        """hits: what each search found."""
        found = list(zip(self._searches, hits, strict=True))
        claims = [(hit.first_distance, search, hit) for search, hit in found if self._admits(search, hit, probe)]
        if not claims:
            verdict: Verdict = "undecided" if probe.encodings < MOST_ENCODINGS else "nobody"
            return self._candidate(verdict, min(hits, key=lambda hit: hit.first_distance).first, hits)
        _, search, hit = min(claims, key=lambda claim: claim[0])
        is_alike = self._have_look_alikes[hit.first]
        margin = LOOK_ALIKE_MARGIN if is_alike else MARGIN
        gaps = [hit.second_distance - hit.first_distance]
        for other, rival in found:
            if other is not search:
                gap = rival.first_distance - hit.first_distance
                # Of thousands not expected one always comes near; unless admitted, or clearly nearer, it says nothing.
                is_heard = search.is_for_visitors or is_alike or self._admits(other, rival, probe) or gap <= -margin
                gaps.append(gap if is_heard else math.inf)
        if min(gaps) < margin or (is_alike and probe.encodings < MOST_ENCODINGS):
            return self._candidate("undecided", hit.first, hits)
        return self._candidate("visitor" if search.is_for_visitors else "student", hit.first, hits)

    def _admits(self, search: _Search, hit: Nearest, probe: Probe) -> bool:
        """Whether the nearest of those searched is within the tolerance, by mean or by nearest reference."""
        if hit.first_distance <= search.tolerance.of(probe.encodings, probe.spread):
            return True
        within = search.tolerance.of_reference(probe.encodings, probe.spread)
        if within <= 0.0:
            return False
        references = self._references.rows(self._starts[hit.first], self._starts[hit.first + 1])
        return float(np.linalg.norm(references - probe.encoding, axis=1).min()) <= within

    def _candidate(self, verdict: Verdict, student: int, hits: Sequence[Nearest]) -> Candidate:
        """The answer with the distance of that student and the nearest other one."""
        firsts = {hit.first: hit.first_distance for hit in hits}
        near = firsts | {hit.second: hit.second_distance for hit in hits if hit.second >= 0}
        distance = near.pop(student)
        number = str(self._numbers[student]) if verdict in ("student", "visitor") else None
        if not near:
            return Candidate(verdict, number, distance)
        runner_up = min(near, key=near.__getitem__)
        return Candidate(verdict, number, distance, str(self._numbers[runner_up]), near[runner_up])

    def _learn_look_alikes(self, students: set[int]) -> None:
        """Find out, once for each, whether another student's mean reference lies within the tolerance of theirs."""
        new = sorted(students - self._have_look_alikes.keys())
        if new:
            for student, hits in zip(new, self._nearest(self._means[new]), strict=True):
                others = (hit.second_distance if hit.first == student else hit.first_distance for hit in hits)
                self._have_look_alikes[student] = min(others) <= self._alike_within


class _Rounded:
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


def settle_rivals(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, where of those who claim one student only the nearest still does.

    Two faces in one room are never the same student; on a tie the first keeps the name. The others are undecided.
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
