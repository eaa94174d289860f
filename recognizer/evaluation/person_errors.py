"""What goes wrong with whom: the errors of an evaluation, counted person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.evaluation.faces import Collection
from recognizer.evaluation.metrics import threshold_at
from recognizer.evaluation.protocol import NOBODY, Searches
from recognizer.evaluation.refusals import Verdict
from recognizer.evaluation.results import FPIRS, Results, answers, long_enough

COMMON_RATE = FPIRS[0]
"""The share of all strangers that is named where the tolerance in force names too few to compare."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonErrors:
    """One kind of error. kind: of it, for programs; title: for people.

    errors, trials: (people,), whose index is that of the collection's everybody. partner: (people,), the other person
    whom each is mostly taken for, and who is mostly taken for them; NOBODY where there is none.
    """

    kind: str
    title: str
    errors: NDArray[np.int64]
    trials: NDArray[np.int64]
    partner: NDArray[np.int64]


def count_errors(results: Results, people: Collection, verdicts: Sequence[Verdict]) -> tuple[PersonErrors, ...]:
    """False negatives with one photo a student and with the usual number, false positives, and what is lost before.

    Kinds that nobody had a trial of are left out.
    """
    counter = _Counter(results, people)
    frames, most, least = results.main.frames, results.main.photos, min(results.searches)
    photo, refused = np.array([(who, bool(reason)) for who, reason in verdicts], np.int64).reshape(-1, 2).T
    image, lost = np.array(people.images, np.int64).reshape(-1, 2).T
    found = (
        *(counter.missed(photos, frames) for photos in sorted({least, most})),
        counter.named(most, frames),
        counter.named_at_common_rate(most, frames),
        counter.counted("no_face_found", "No face found in a photo or frame", image, lost),
        counter.counted("photos_refused", "Photos refused by encode", photo, refused),
    )
    return tuple(one for one in found if one.trials.any())


class _Counter:
    """Counts by people of the collection what was found by people with a face."""

    def __init__(self, results: Results, people: Collection) -> None:
        self._searches = results.searches
        self._people = len(people.everybody)
        places = {name: index for index, name in enumerate(people.everybody)}
        self._place = np.array([places[name] for name in people.names], np.int64)

    def missed(self, photos: int, frames: int) -> PersonErrors:
        searches = self._searches[photos]
        chosen = long_enough(searches, frames) & searches.is_student
        words = "1 photo" if photos == 1 else f"{photos} photos"
        is_own, _ = answers(searches, frames)
        return self._searched(f"fnir_{photos}", f"Students missed, {words} (FNIR)", searches, frames, chosen, ~is_own)

    def named(self, photos: int, frames: int) -> PersonErrors:
        searches = self._searches[photos]
        chosen = long_enough(searches, frames) & ~searches.is_student
        _, is_other = answers(searches, frames)
        return self._searched("fpir", "Strangers named (FPIR)", searches, frames, chosen, is_other)

    def named_at_common_rate(self, photos: int, frames: int) -> PersonErrors:
        searches = self._searches[photos]
        chosen = long_enough(searches, frames) & ~searches.is_student
        nearest = searches.nearest[:, frames - 1]
        is_named = nearest <= threshold_at(nearest[chosen], COMMON_RATE)
        share = f"{100 * COMMON_RATE:g}"
        title = f"Strangers named where {share} % of all are (FPIR)"
        return self._searched(f"fpir_at_{share}_percent", title, searches, frames, chosen, is_named)

    def counted(self, kind: str, title: str, person: NDArray[np.int64], is_error: NDArray[np.generic]) -> PersonErrors:
        """Of single pictures; person: in the collection's everybody."""
        errors = np.bincount(person[is_error.astype(bool)], minlength=self._people)
        nobody = np.full(self._people, NOBODY)
        return PersonErrors(kind, title, errors, np.bincount(person, minlength=self._people), nobody)

    def _searched(
        self,
        kind: str,
        title: str,
        searches: Searches,
        frames: int,
        chosen: NDArray[np.bool_],
        is_error: NDArray[np.bool_],
    ) -> PersonErrors:
        person, nearest = self._place[searches.person], self._place[searches.nearest_student[:, frames - 1]]
        wrong = chosen & is_error
        one = self.counted(kind, title, person[chosen], is_error[chosen])
        return PersonErrors(
            kind, title, one.errors, one.trials, find_partners(person[wrong], nearest[wrong], self._people)
        )


def find_partners(person: NDArray[np.int64], other: NDArray[np.int64], people: int) -> NDArray[np.int64]:
    """(people,): whom each is confused with more often than with anybody else, where that holds both ways.

    person, other: (n,), both of each confusion; one with oneself is none.
    """
    counts = np.zeros((people, people), np.int64)
    apart = person != other
    np.add.at(counts, (person[apart], other[apart]), 1)
    counts += counts.T
    first = counts.argmax(axis=1)
    is_mutual = (first[first] == np.arange(people)) & counts.any(axis=1)
    return np.where(is_mutual, first, NOBODY)
