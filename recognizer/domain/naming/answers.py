"""Answers: whose face each track shows, asked again whenever something has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from recognizer.domain.following.track import Track
from recognizer.domain.naming.candidate import Candidate, Probe, settle_rivals
from recognizer.domain.naming.identification import Identification

CONFIRMING_ENCODINGS = 2
"""A name just inside the tolerance is doubtful until the track has kept it through so many further encodings
(docs/recognition.md, "Names just inside the tolerance")."""


@dataclass(frozen=True, slots=True)
class Answer:
    """encodings: how many were averaged for it. is_doubtful: the next encodings may well take the name away again."""

    candidate: Candidate
    encodings: int
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """What the search found for one track as if no other were there, and of how many of its encodings it knew."""

    candidate: Candidate
    averaged: int
    times_encoded: int


@dataclass(frozen=True, slots=True)
class _Given:
    """A number that a track has, and how often it had been encoded when it was given."""

    number: str
    times_encoded: int


class Answers:
    """The latest answers for the tracks of one camera.

    A new track is asked for by its first encoding alone, then by the mean of all that it keeps. The tolerance for a
    single encoding leaves the most room of all that is known within a second (``tolerance``).
    """

    def __init__(self) -> None:
        self._identification: Identification | None = None
        self._found: dict[int, _Found] = {}
        self._answers: dict[int, Answer] = {}
        self._given: dict[int, _Given] = {}

    def of(self, track: Track) -> Answer | None:
        """The latest answer; None for a track that was not asked for yet."""
        return self._answers.get(track.id)

    def renew(self, tracks: Sequence[Track], identification: Identification) -> None:
        """Ask whose the confirmed tracks are, where anything has changed since, and note it on the tracks.

        tracks: all that are not lost. All of them contend for the names, not only those seen: who just looked away must
        not lose theirs. Only those with another encoding are searched for again.
        """
        asked_for = [track for track in tracks if track.state == "confirmed" and track.best]
        if identification is not self._identification:
            self._identification, self._found, self._given = identification, {}, {}
        found = {track.id: known for track in asked_for if (known := self._known(track)) is not None}
        if len(found) < len(asked_for) or found.keys() != self._answers.keys():
            changed = [track for track in asked_for if track.id not in found]
            new = [track for track in changed if track.id not in self._answers]
            found |= self._search(changed, by_first=new)
            self._found = {track.id: found[track.id] for track in asked_for}
            self._settle()
            # A new track that its first encoding does not name is asked for by all of them at once.
            unnamed = [track for track in new if self._answers[track.id].candidate.number is None]
            if unnamed:
                self._found |= self._search(unnamed)
                self._settle()
        self._given = {track.id: given for track in asked_for if (given := self._give(track)) is not None}
        for track in asked_for:
            answer = replace(self._answers[track.id], is_doubtful=self._is_doubtful(track))
            self._answers[track.id] = answer
            track.is_named = answer.candidate.number is not None and not answer.is_doubtful
            track.nearest_distance = answer.candidate.distance

    def are_one(self, track: Track, other: Track) -> bool:
        """Whether each of the two, were it alone, would surely be given the same student's name."""
        found = [known.candidate for each in (track, other) if (known := self._found.get(each.id)) is not None]
        if len(found) < 2 or any(candidate.is_just_inside for candidate in found):
            return False
        return found[0].number is not None and found[0].number == found[1].number

    def _give(self, track: Track) -> _Given | None:
        """The number that the track has now, and since when; None without one."""
        number, before = self._answers[track.id].candidate.number, self._given.get(track.id)
        if number is None:
            return None
        return before if before is not None and before.number == number else _Given(number, track.times_encoded)

    def _is_doubtful(self, track: Track) -> bool:
        given = self._given.get(track.id)
        if given is None or not self._answers[track.id].candidate.is_just_inside:
            return False
        return track.times_encoded - given.times_encoded < CONFIRMING_ENCODINGS

    def _known(self, track: Track) -> _Found | None:
        """What was found for it, unless it has another encoding since."""
        found = self._found.get(track.id)
        return found if found is not None and found.times_encoded == track.times_encoded else None

    def _search(self, tracks: Sequence[Track], *, by_first: Collection[Track] = ()) -> dict[int, _Found]:
        """By the track's id, what is found for it alone. by_first: those asked for by their first encoding alone."""
        asked = [
            (track, [track.first], 1)
            if track in by_first and track.first is not None
            else (track, [kept.encoding for kept in track.best], track.times_encoded)
            for track in tracks
        ]
        probes = [Probe.of(encodings) for _, encodings, _ in asked]
        candidates = self._identification.identify_alone(probes) if self._identification else []
        return {
            track.id: _Found(candidate, len(encodings), times)
            for (track, encodings, times), candidate in zip(asked, candidates, strict=True)
        }

    def _settle(self) -> None:
        """Give each student to one track alone."""
        candidates = settle_rivals([found.candidate for found in self._found.values()])
        self._answers = {
            track_id: Answer(candidate, found.averaged)
            for (track_id, found), candidate in zip(self._found.items(), candidates, strict=True)
        }
