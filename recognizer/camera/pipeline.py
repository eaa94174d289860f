"""One frame's way from a picture to sightings: attention, detector, tracker, quality gate, encoder, identification."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recognizer.domain.following.attention import SWEEP_SECONDS, Attention
from recognizer.domain.following.detection import Detection, Frame
from recognizer.domain.following.track import (
    ANOTHER_MOMENT_SECONDS,
    ENOUGH_ENCODINGS,
    KEPT_ENCODINGS,
    MOST_ENCODINGS,
    Track,
)
from recognizer.domain.following.tracking import Tracker
from recognizer.domain.naming.identification import Candidate, Identification, Probe
from recognizer.domain.ports.camera import Aligner, Detector, Encoder, QualityGate
from recognizer.domain.register.attendance import Sighting

MOST_AT_ONCE = 48
"""Faces encoded in one frame, which take about as long as a sweep. A fuller room is worked off over several looks, the
faces that need it most first."""

NAMED_REST_SECONDS = 3.0
"""How long a track whose face is known is left alone before its next encoding: later ones tell more."""

NEARLY_NAMED = 0.55
"""The distance up to which somebody may well turn out to be a student at another moment; beyond it sweeps are enough to
see."""


class Pipeline:
    """The way of one camera's frames. No thread, no clock: the same frames give the same sightings.

    ``identification`` may be replaced between two steps. ``frames``, ``looks`` and ``faces`` count what was
    done so far.
    """

    def __init__(
        self,
        camera_name: str,
        *,
        attention: Attention,
        detector: Detector,
        quality_gate: QualityGate,
        aligner: Aligner,
        encoder: Encoder,
        identification: Identification,
    ) -> None:
        self._camera_name = camera_name
        self._attention = attention
        self._detector = detector
        self._quality_gate = quality_gate
        self._aligner = aligner
        self._encoder = encoder
        self._tracker = Tracker()
        self._asked: tuple[object, ...] = ()
        self._answers: dict[int, tuple[Candidate, int]] = {}
        self.identification = identification
        self.frames = 0
        self.looks = 0
        self.faces = 0

    def step(self, frame: Frame) -> list[Sighting]:
        """The students identified in this frame: a sighting for each whose face was looked at and found.

        A student already identified is sighted again at each look, so that the time they were last seen moves on.
        """
        self.frames += 1
        regions = self._attention.regions(frame, self._tracker.tracks)
        if not regions:
            return []
        detections = self._detector.detect(frame.image, regions)
        self.looks += 1
        self.faces += len(detections)
        tracks = self._tracker.update(detections, frame.position_seconds, regions)
        seen = self._encode(frame, detections, tracks)
        self._answer()
        return self._sightings(frame, seen)

    def _encode(self, frame: Frame, detections: Sequence[Detection], tracks: Sequence[Track]) -> list[Track]:
        """Encode the faces worth it, in one batch; gives the tracks anew, since an encoding may split one."""
        position = frame.position_seconds
        chosen = []
        for index, (detection, track) in enumerate(zip(detections, tracks, strict=True)):
            if not track.wants_encoding(1.0, position):
                continue
            quality = self._quality_gate.assess(frame.image, detection)
            if quality.is_good and track.wants_encoding(quality.score, position):
                chosen.append((not track.is_doubtful, len(track.best), -quality.score, index))
        chosen = sorted(chosen)[:MOST_AT_ONCE]
        encodings = self._encoder.encode(frame.image, [detections[index] for *_, index in chosen])
        seen = list(tracks)
        for (_, _, minus_score, index), encoding in zip(chosen, encodings, strict=True):
            seen[index] = self._tracker.attach(seen[index], encoding, -minus_score, position)
            if seen[index].best[0][0] == -minus_score:
                (seen[index].best_crop,) = self._aligner.chips(frame.image, [detections[index]])
        return seen

    def _answer(self) -> None:
        """Ask whose the tracks are, where anything has changed since they were last asked for."""
        # All live tracks contend for the names, not only those seen: who just looked away must not lose theirs.
        tracks = [track for track in self._tracker.tracks if track.state == "confirmed" and track.best]
        asked = (self.identification, *((track.id, track.encoded, track.id in self._answers) for track in tracks))
        if asked != self._asked:
            self._asked = asked
            first_only = {track.id for track in tracks if track.id not in self._answers}
            answers = self._answers_for(tracks, first_only)
            unnamed = {number for number in first_only if answers[number][0].number is None}
            self._answers = self._answers_for(tracks, first_only - unnamed) if unnamed else answers
        for track in tracks:
            answer, _ = self._answers[track.id]
            track.is_answered = answer.number is not None
            track.rest_seconds = _rest(track, answer.distance)

    def _answers_for(self, tracks: Sequence[Track], first_only: Collection[int]) -> dict[int, tuple[Candidate, int]]:
        """By track, the answer and of how many encodings it is: of its first alone for the tracks ``first_only``, for
        which tolerances leave the most room of all that is known within a second; else of the mean of all it kept."""
        probes = [
            Probe.of([track.first])
            if track.id in first_only and track.first is not None
            else Probe.of([encoding for _, encoding in track.best])
            for track in tracks
        ]
        answers = self.identification.identify(probes)
        return {
            track.id: (answer, probe.encodings) for track, probe, answer in zip(tracks, probes, answers, strict=True)
        }

    def _sightings(self, frame: Frame, seen: Sequence[Track]) -> list[Sighting]:
        sightings = []
        for track in seen:
            if track.id in self._answers and track.state == "confirmed" and not track.is_doubtful:
                answer, averaged = self._answers[track.id]
                if answer.number is not None:
                    sightings.append(self._sighting(frame, track, answer.number, answer, averaged))
        return sightings

    def _sighting(self, frame: Frame, track: Track, number: str, answer: Candidate, averaged: int) -> Sighting:
        return Sighting(
            student_number=number,
            seen_at=frame.captured_at,
            camera_name=self._camera_name,
            distance=answer.distance,
            runner_up_number=answer.runner_up_number,
            runner_up_distance=answer.runner_up_distance,
            encodings=averaged,
            track_id=track.id,
            box=track.box,
            is_visitor=answer.verdict == "visitor",
            best_crop=track.best_crop,
        )


def _rest(track: Track, distance: float) -> float:
    """How long a track needs no look of its own, sweeps apart. distance: to the nearest student."""
    if track.encoded >= MOST_ENCODINGS:
        return SWEEP_SECONDS
    if track.is_answered:
        return NAMED_REST_SECONDS if len(track.best) < ENOUGH_ENCODINGS else SWEEP_SECONDS
    if distance > NEARLY_NAMED:
        return 0.0 if len(track.best) < ENOUGH_ENCODINGS else SWEEP_SECONDS
    return 0.0 if len(track.best) < KEPT_ENCODINGS else ANOTHER_MOMENT_SECONDS
