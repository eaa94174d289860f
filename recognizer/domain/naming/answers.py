"""Answers: whose face each track shows, asked again whenever something has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from recognizer.domain.following.track import Track
from recognizer.domain.naming.identification import Candidate, Identification, Probe


@dataclass(frozen=True, slots=True)
class Answer:
    """encodings: how many were averaged for it."""

    candidate: Candidate
    encodings: int


class Answers:
    """The latest answers for the tracks of one camera.

    A new track is asked for by its first encoding alone, then by the mean of all that it keeps. The tolerance for a
    single encoding leaves the most room of all that is known within a second (``tolerance``).
    """

    def __init__(self) -> None:
        self._answers: dict[int, Answer] = {}
        self._asked: tuple[object, ...] = ()

    def of(self, track: Track) -> Answer | None:
        """The latest answer; None for a track that was not asked for yet."""
        return self._answers.get(track.id)

    def renew(self, tracks: Sequence[Track], identification: Identification) -> None:
        """Ask whose the confirmed tracks are, where anything has changed since, and note it on the tracks.

        tracks: all that are not lost. All of them contend for the names, not only those seen: who just looked away must
        not lose theirs.
        """
        asked_for = [track for track in tracks if track.state == "confirmed" and track.best]
        asked = (identification, *((track.id, track.times_encoded, track.id in self._answers) for track in asked_for))
        if asked != self._asked:
            self._asked = asked
            self._answers = self._ask(asked_for, identification)
        for track in asked_for:
            candidate = self._answers[track.id].candidate
            track.is_named, track.nearest_distance = candidate.number is not None, candidate.distance

    def _ask(self, tracks: Sequence[Track], identification: Identification) -> dict[int, Answer]:
        new = {track.id for track in tracks if track.id not in self._answers}
        answers = _search(tracks, new, identification)
        unnamed = {track_id for track_id in new if answers[track_id].candidate.number is None}
        # A new track that its first encoding does not name is asked for by all of them at once.
        return _search(tracks, new - unnamed, identification) if unnamed else answers


def _search(tracks: Sequence[Track], by_first: Collection[int], identification: Identification) -> dict[int, Answer]:
    """By the track's id, its answer. by_first: the ids of those that are asked for by their first encoding alone."""
    probes = [
        Probe.of([track.first])
        if track.id in by_first and track.first is not None
        else Probe.of([kept.encoding for kept in track.best])
        for track in tracks
    ]
    candidates = identification.identify(probes)
    return {
        track.id: Answer(candidate, probe.encodings)
        for track, probe, candidate in zip(tracks, probes, candidates, strict=True)
    }
