"""Which of a camera's answers are handed out as samples."""

from __future__ import annotations

from recognizer.domain.following.track import Track
from recognizer.domain.learning.sample import Sample
from recognizer.domain.naming.candidate import Candidate, Probe

SAMPLE_EVERY_SECONDS = 300.0
"""A student gives one camera a sample at most so often. One is kept of a lesson; others are for when it was not."""


class Sampling:
    """Takes samples of students whom a camera is sure of, seldom enough to cost nothing."""

    def __init__(self) -> None:
        self._taken_at: dict[str, float] = {}

    def take(self, candidate: Candidate, track: Track, position_seconds: float) -> Sample | None:
        """A sample of the track that was answered so; None for an answer in doubt, or too soon after another."""
        number = candidate.number
        if number is None or not candidate.is_beyond_doubt:
            return None
        if position_seconds - self._taken_at.get(number, float("-inf")) < SAMPLE_EVERY_SECONDS:
            return None
        self._taken_at[number] = position_seconds
        return Sample.of(Probe.of([kept.encoding for kept in track.best]))
