"""One frame's way from a picture to sightings: motion, detector, tracker, quality gate, encoder, identification."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.domain.attendance import Sighting
from recognizer.domain.detection import Detection, Frame
from recognizer.domain.identification import Candidate, Identification, Probe
from recognizer.domain.ports import Detector, Encoder, Motion, QualityGate
from recognizer.domain.tracking import Track, Tracker

MOST_ENCODINGS = 12
"""Faces encoded in one frame: together they take less time than the look that found them. A full room is worked off
over several looks, the faces that need it most first."""


class Pipeline:
    """The way of one camera's frames. No thread, no clock: the same frames give the same sightings.

    ``identification`` may be replaced between two steps. ``frames``, ``looks`` and ``faces`` count what was
    done so far.
    """

    def __init__(
        self,
        camera_name: str,
        *,
        motion: Motion,
        detector: Detector,
        quality_gate: QualityGate,
        encoder: Encoder,
        identification: Identification,
    ) -> None:
        self._camera_name = camera_name
        self._motion = motion
        self._detector = detector
        self._quality_gate = quality_gate
        self._encoder = encoder
        self._tracker = Tracker()
        self.identification = identification
        self.frames = 0
        self.looks = 0
        self.faces = 0

    def step(self, frame: Frame) -> list[Sighting]:
        """The students identified in this frame: a sighting for each, in every frame that was looked at.

        A student already identified is sighted again at each look, so that the time they were last seen moves on.
        """
        self.frames += 1
        if not self._motion.is_time_to_look(frame):
            return []
        detections = self._detector.detect(frame.image)
        self.looks += 1
        self.faces += len(detections)
        tracks = self._tracker.update(detections, frame.position_seconds)
        return self._sightings(frame, self._encode(frame, detections, tracks))

    def _encode(self, frame: Frame, detections: Sequence[Detection], tracks: Sequence[Track]) -> list[Track]:
        """Encode the faces worth it, in one batch; gives the tracks anew, since an encoding may split one."""
        position = frame.position_seconds
        chosen = []
        for index, (detection, track) in enumerate(zip(detections, tracks, strict=True)):
            quality = self._quality_gate.assess(frame.image, detection)
            if quality.is_good and track.wants_encoding(quality.score, position):
                chosen.append((not track.is_doubtful, len(track.best), -quality.score, index))
        chosen = sorted(chosen)[:MOST_ENCODINGS]
        encodings = self._encoder.encode(frame.image, [detections[index] for *_, index in chosen])
        seen = list(tracks)
        for (_, _, minus_score, index), encoding in zip(chosen, encodings, strict=True):
            seen[index] = self._tracker.attach(seen[index], encoding, -minus_score, position)
        return seen

    def _sightings(self, frame: Frame, seen: Sequence[Track]) -> list[Sighting]:
        # All live tracks contend for the names, not only those seen: who just looked away must not lose theirs.
        answerable = [track for track in self._tracker.tracks if track.state == "confirmed" and track.best]
        answers = self.identification.identify(
            [Probe.of([encoding for _, encoding in track.best]) for track in answerable]
        )
        sighted = {track.id for track in seen if not track.is_doubtful}
        return [
            self._sighting(frame, track, answer.number, answer)
            for track, answer in zip(answerable, answers, strict=True)
            if answer.number is not None and track.id in sighted
        ]

    def _sighting(self, frame: Frame, track: Track, number: str, answer: Candidate) -> Sighting:
        return Sighting(
            student_number=number,
            seen_at=frame.captured_at,
            camera_name=self._camera_name,
            distance=answer.distance,
            runner_up_number=answer.runner_up_number,
            runner_up_distance=answer.runner_up_distance,
            encodings=len(track.best),
            track_id=track.id,
            box=track.box,
            is_visitor=answer.verdict == "visitor",
        )
