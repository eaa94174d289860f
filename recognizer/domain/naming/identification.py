"""Identification: an open-set search of the gallery. The answer is a student, nobody, or not yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recognizer.domain.following.detection import Encoding, Encodings
from recognizer.domain.naming.candidate import Candidate, NearStudent, Possible, Probe, Verdict, settle_rivals
from recognizer.domain.naming.gallery import Gallery
from recognizer.domain.naming.look_alikes import ONE_FACE
from recognizer.domain.naming.search import Crowd, Near, Nearest, squared_distances
from recognizer.domain.naming.taught import Taught, TaughtTolerance
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, Looks, Tolerance, Tolerances

MARGIN = 0.05
"""The nearest student must be nearer than the second by this much: a probe between two students names neither
(docs/recognition.md, "Margins")."""

LOOK_ALIKE_MARGIN = 0.1
"""The margin between two students who look alike, such as twins. Their references tell them apart less well, even
less where the face looks away from the camera. Such students are named from DECISIVE_ENCODINGS on."""

WELL_INSIDE = 0.9
"""A name is well inside up to this share of the tolerance: about a tenth as many strangers come so near
(docs/recognition.md, "A lesson teaches")."""

NEARLY = 1.1
"""Up to so many times the tolerance a face is told as near to an expected student whom it does not name
(docs/recognition.md, "Near misses")."""

SURE_MARGIN = 2 * MARGIN
"""The margin of an answer beyond doubt."""


class Identification:
    """Answers probes from a gallery; a new one is made when the gallery or the roster changes.

    expected: the numbers of the students expected; None means everybody enrolled. Those expected are searched alone,
    and so are all others. With the few expected there are fewer to be mistaken for, so their tolerance is wider.
    Somebody of the others who is surely recognised is a visitor, and takes the name from an expected student who is not
    clearly nearer. Where there are two searches, each may name half of the strangers who may be named. looks: whether
    the probes are of tracks or of still pictures, in which a visitor is given no name, so that nothing is halved.

    The distance of a student is that of the mean of their references: on press photos it misses a fifth of the students
    that the nearest reference misses, for the same share of strangers named. The nearest reference of whoever is
    nearest so is compared as well, for a face that is just as on one of the photos.

    taught: what lessons taught of some of the students. Their references count as the enrolled ones do, by tolerances
    that are no laxer than either those of the enrolled students alone or those of all references.

    Two students whose references may as well be one person's, such as twins, are never named. Other look-alikes need
    more encodings and a wider margin.

    Kept of the gallery are these means, and the references as half-precision numbers, which moves a distance by less
    than 0.001.
    """

    def __init__(
        self,
        gallery: Gallery,
        tolerances: Tolerances,
        expected: frozenset[str] | None = None,
        looks: Looks = "track",
        taught: Taught | None = None,
    ) -> None:
        grouped = (gallery if taught is None else gallery.joined(taught.references)).grouped()
        self._references, self._starts = grouped.encodings.astype(np.float16), grouped.starts
        self._numbers, self._means = grouped.numbers, grouped.means()
        self._counts = np.diff(grouped.starts)
        if taught is not None:
            self._counts = self._counts + taught.further_encodings(self._numbers)
        self._is_taught = np.isin(self._numbers, [] if taught is None else [*taught.references.students])
        is_expected = np.ones(len(self._numbers), np.bool_)
        if expected is not None:
            is_expected = np.isin(self._numbers, np.array(sorted(expected), np.str_))
        parts = [(is_visitor, part) for is_visitor, part in ((False, is_expected), (True, ~is_expected)) if part.any()]
        self._everybody = tolerances.for_search(len(self._numbers))
        self._scatter = (self._everybody.reference_scatter / np.maximum(self._counts, 1)).astype(np.float32)
        self._searches = []
        share = 1.0 if looks == "still" else 1 / max(1, len(parts))
        for is_visitor, part in parts:
            size = int(part.sum()), share, looks
            tolerance = of_taught = tolerances.for_search(*size)
            if taught is not None:
                of_taught = TaughtTolerance(tolerance, taught.tolerances.for_search(*size))
            crowd = Crowd(self._means, self._scatter, None if part.all() else part)
            self._searches.append(_Search(crowd, is_visitor, tolerance, of_taught))
        self._look_alikes: dict[int, tuple[int, ...]] = {}
        self._doubles: dict[int, tuple[int, ...]] = {}
        """Those of the look-alikes whose references may as well be one person's."""

    def identify(self, probes: Sequence[Probe]) -> list[Candidate]:
        """The answers to the probes of one frame and camera, in their order; no number is given twice."""
        return settle_rivals(self.identify_alone(probes))

    def identify_alone(self, probes: Sequence[Probe]) -> list[Candidate]:
        """The answers to probes that have nothing to do with each other."""
        if not probes:
            return []
        if not self._searches:
            return [Candidate("nobody", None, math.inf) for _ in probes]
        results = self._search(np.array([probe.encoding for probe in probes], np.float32))
        admitted = [
            [result for result in found if self._admits(result, probe)]
            for probe, found in zip(probes, results, strict=True)
        ]
        self._find_look_alikes({result.nearest.first.row for found in admitted for result in found})
        return [
            self._answer(probe, found, claims) for probe, found, claims in zip(probes, results, admitted, strict=True)
        ]

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
            nobody = self._candidate(verdict, min(found, key=_to_centre).nearest.first, found)
            return replace(nobody, near=self._near_students(probe, found))
        claim = min(claims, key=_to_centre)
        student = claim.nearest.first
        is_alike = bool(self._look_alikes[student.row])
        if is_alike and probe.encodings < DECISIVE_ENCODINGS:
            return replace(self._candidate("undecided", student, found), near=self._near_students(probe, found))
        is_clear = self._is_clear(claim, found, claims, LOOK_ALIKE_MARGIN if is_alike else MARGIN)
        if self._doubles[student.row] or not is_clear:
            one_of = self._one_of(probe, student)
            near = () if one_of else self._near_students(probe, found)
            return replace(self._candidate("undecided", student, found), one_of=one_of, near=near)
        is_just_inside = not self._admits(claim, probe, WELL_INSIDE)
        if claim.search.is_for_visitors:
            return replace(self._candidate("visitor", student, found), is_just_inside=is_just_inside)
        return replace(
            self._candidate("student", student, found),
            is_just_inside=is_just_inside,
            is_beyond_doubt=not is_alike and self._is_beyond_doubt(claim, found, probe),
            near=(self._near_student(claim, student, probe, WELL_INSIDE),) if is_just_inside else (),
        )

    def _is_clear(self, claim: _Result, found: Sequence[_Result], claims: Sequence[_Result], margin: float) -> bool:
        """Whether the claim's student is nearer than every other by the margin."""
        student = claim.nearest.first
        is_alike = bool(self._look_alikes[student.row])
        gaps = [_gap(student, claim.nearest.second)]
        for rival in found:
            gap = _gap(student, rival.nearest.first)
            # Of thousands who are not expected one always comes near. Such a rival counts only where it is within its
            # own tolerance, or clearly nearer.
            counts = claim.search.is_for_visitors or is_alike or rival in claims or gap <= -margin
            if rival is not claim and counts:
                gaps.append(gap)
        return min(gaps) >= margin

    def _admits(self, result: _Result, probe: Probe, share: float = 1.0) -> bool:
        """Whether the nearest student of a search is within that share of its tolerance, by mean or by nearest
        reference."""
        student = result.nearest.first
        references = int(self._counts[student.row])
        tolerance = self._tolerance_of(result, student)
        if student.distance <= share * tolerance.limit(references, probe.encodings, probe.spread):
            return True
        if references == 1:
            return False
        rounded = self._references[self._starts[student.row] : self._starts[student.row + 1]].astype(np.float32)
        nearest = np.linalg.norm(rounded - probe.encoding, axis=1).min()
        return bool(nearest <= share * tolerance.limit_to_nearest(references, probe.encodings, probe.spread))

    def _near_students(self, probe: Probe, found: Sequence[_Result]) -> tuple[NearStudent, ...]:
        """The nearest of those expected, and the second where it is hardly farther, as far as they are near enough.

        None where the face is clearly nearer to somebody of the others.
        """
        near: list[NearStudent] = []
        for result in (result for result in found if not result.search.is_for_visitors):
            first, second = result.nearest
            rivals = (other.nearest.first for other in found if other is not result)
            if any(_gap(first, rival) <= -MARGIN for rival in rivals):
                continue
            both = (first, second) if second.row >= 0 and _gap(first, second) < MARGIN else (first,)
            near += (self._near_student(result, student, probe) for student in both)
        return tuple(student for student in near if student.distance <= NEARLY * student.sure_below)

    def _near_student(self, result: _Result, student: Near, probe: Probe, share: float = 1.0) -> NearStudent:
        """share: of the tolerance, below which the face would surely have been named."""
        references = int(self._counts[student.row])
        limit = self._tolerance_of(result, student).limit(references, probe.encodings, probe.spread)
        return NearStudent(str(self._numbers[student.row]), student.distance, share * limit)

    def _tolerance_of(self, result: _Result, student: Near) -> Tolerance:
        """That of one of the students whom a search compares."""
        is_taught = self._is_taught[student.row]
        return result.search.tolerance_of_taught if is_taught else result.search.tolerance

    def _is_beyond_doubt(self, claim: _Result, found: Sequence[_Result], probe: Probe) -> bool:
        """Whether the mean of enough encodings is so near to the mean reference, and so much nearer than to any other,
        that hardly any stranger's would be."""
        student = claim.nearest.first
        references = int(self._counts[student.row])
        limit = self._tolerance_of(claim, student).limit(references, probe.encodings, probe.spread)
        is_well_inside = probe.encodings >= DECISIVE_ENCODINGS and student.distance <= WELL_INSIDE * limit
        return is_well_inside and self._is_clear(claim, found, found, SURE_MARGIN)

    def _candidate(self, verdict: Verdict, student: Near, found: Sequence[_Result]) -> Candidate:
        """The answer with the distance of that student and the nearest other one."""
        number = str(self._numbers[student.row]) if verdict in ("student", "visitor") else None
        others = [near for result in found for near in result.nearest if near.row >= 0 and near.row != student.row]
        if not others:
            return Candidate(verdict, number, student.distance)
        runner_up = min(others, key=lambda near: near.to_centre)
        return Candidate(verdict, number, student.distance, str(self._numbers[runner_up.row]), runner_up.distance)

    def _find_look_alikes(self, students: set[int]) -> None:
        """Find out, once for each, which other students' mean references lie within the tolerance of theirs, and which
        may as well be theirs.

        The tolerance is that where the one's references are the probe for the other.
        """
        new = sorted(students - self._look_alikes.keys())
        if not new:
            return
        counts, kinds = np.unique(self._counts, return_inverse=True)
        for student, squares in zip(new, squared_distances(self._means[new], self._means), strict=True):
            limits = np.array([self._everybody.limit(int(count), int(self._counts[student])) for count in counts])
            doubles = squares <= ONE_FACE * (self._scatter + self._scatter[student])
            self._doubles[student] = _others(student, doubles)
            self._look_alikes[student] = _others(student, doubles | (squares <= limits[kinds] ** 2))

    def _one_of(self, probe: Probe, student: Near) -> tuple[Possible, ...]:
        """Of the student and their look-alikes the nearest, those who are not farther by the margin, and those whose
        references may as well be the student's; none where these are not two."""
        rows = student.row, *self._look_alikes[student.row]
        near = sorted((self._near(row, probe.encoding) for row in rows), key=lambda each: each.to_centre)
        doubles = self._doubles[student.row]
        alike = [each for each in near if each.row in doubles or _gap(near[0], each) < LOOK_ALIKE_MARGIN]
        if len(alike) < 2:
            return ()
        return tuple(Possible(str(self._numbers[each.row]), each.distance) for each in alike)

    def _near(self, row: int, encoding: Encoding) -> Near:
        distance = float(np.linalg.norm(self._means[row] - encoding))
        return Near(row, distance, distance**2 - float(self._scatter[row]))


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Those students of a gallery who are searched together, and the tolerances without and with learned references."""

    crowd: Crowd
    is_for_visitors: bool
    tolerance: Tolerance
    tolerance_of_taught: Tolerance


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """What one search found for one probe."""

    search: _Search
    nearest: Nearest


def _others(student: int, are_meant: NDArray[np.bool_]) -> tuple[int, ...]:
    """The rows of the others who are meant."""
    return tuple(int(row) for row in np.flatnonzero(are_meant) if row != student)


def _to_centre(result: _Result) -> float:
    return result.nearest.first.to_centre


def _gap(student: Near, rival: Near) -> float:
    """How much nearer the student is, were the rival's mean reference of as many references as the student's."""
    scatter = student.distance**2 - student.to_centre
    return math.sqrt(max(rival.to_centre + scatter, 0.0)) - student.distance
